"""What notebooks show for an object at the end of a cell."""

from __future__ import annotations

from typing import Iterable, Tuple


def table(rows: Iterable[Tuple[str, str]], link: Tuple[str, str] = ("", "")) -> str:
    """Names above values; ``link`` is a text and where it leads."""
    from html import escape

    rows = list(rows)
    heads = "".join("<th>%s</th>" % escape(name) for name, _ in rows)
    cells = "".join("<td>%s</td>" % escape(str(value)) for _, value in rows)
    if link[1]:
        heads += "<th></th>"
        cells += '<td><a href="%s" target="_blank" rel="noopener">%s</a></td>' % (escape(link[1]), escape(link[0]))
    return '<table style="width:100%%"><tr>%s</tr><tr>%s</tr></table>' % (heads, cells)
