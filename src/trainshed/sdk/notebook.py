"""What notebooks show for an object at the end of a cell: a small table, with a link where there is a page.

A display may neither fail nor make its cell wait for a server that is away: what has to be asked for has a deadline,
and without an answer the table is made of what is in hand.
"""

from __future__ import annotations

from typing import Callable, Iterable, List, Mapping, Optional, Sequence, Tuple, TypeVar, Union

from trainshed.contract.tuples import NamedTuple

T = TypeVar("T")

#: How long a cell waits for what its display asks the server, in seconds.
MOST_S = 3.0
#: Of a list, as many items are shown.
_ITEMS = 3
_PORTAL = "Link to Trainshed portal"
_DOCS = "Link to Documentation"
_AWAY = "Trainshed does not answer"


class Link(NamedTuple):
    """A cell that leads somewhere."""

    text: str
    url: str


Row = Tuple[str, Union[str, Link]]


def table(rows: Iterable[Row]) -> str:
    """Names above values, everything escaped, as v1's tables were laid out."""
    rows = list(rows)
    return grid([name for name, _ in rows], [[value for _, value in rows]])


def grid(heads: Sequence[str], lines: Iterable[Sequence[Union[str, Link]]]) -> str:
    """Several lines below the same heads."""
    head = "".join("<th>%s</th>" % _escaped(name) for name in heads)
    body = ["<tr>%s</tr>" % "".join("<td>%s</td>" % _cell(value) for value in line) for line in lines]
    return '<table style="width:100%%"><tr>%s</tr>%s</table>' % (head, "".join(body))


def portal(url: Optional[str]) -> Union[str, Link]:
    """The cell of a page's link; None: the server gave none."""
    return _AWAY if url is None else Link(_PORTAL, url)


def docs(url: str) -> Link:
    """The cell that leads to v1's reference page."""
    return Link(_DOCS, url)


def listed(items: Sequence[str], most: int = _ITEMS) -> str:
    """The first of them, and how many more there are."""
    more = len(items) - most
    return ", ".join(items[:most]) + (" and %d more" % more if more > 0 else "")


def pairs(labels: Optional[Mapping[str, Optional[str]]]) -> str:
    """Tags in a cell."""
    return listed([key if value is None else "%s: %s" % (key, value) for key, value in (labels or {}).items()])


def in_time(ask: Callable[[], T], most_s: float = MOST_S) -> Optional[T]:
    """What ``ask`` gives; None when the server refuses, is away, or takes longer than ``most_s`` seconds."""
    import threading

    from trainshed.contract.exceptions import AzureMLException

    answers: List[T] = []

    def work() -> None:
        try:
            answers.append(ask())
        except (AzureMLException, OSError):
            pass  # the table does without

    asking = threading.Thread(target=work, name="trainshed-display", daemon=True)
    asking.start()
    asking.join(most_s)
    return answers[0] if answers else None


def _cell(value: Union[str, Link]) -> str:
    if not isinstance(value, Link):
        return _escaped(value)
    # Only what a browser asks for: never javascript: or the like, whoever named the server.
    if not value.url.startswith(("http://", "https://")):
        return _escaped(value.text)
    return '<a href="%s" target="_blank" rel="noopener">%s</a>' % (_escaped(value.url), _escaped(value.text))


def _escaped(text: object) -> str:
    from html import escape

    return escape(str(text))
