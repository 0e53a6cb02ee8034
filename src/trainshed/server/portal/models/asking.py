"""What the query of a list of models asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from trainshed.server.storage.model_rows import ModelFilter


@dataclass(frozen=True)
class ModelsAsk:
    """The filters, empty where there is none. ``name``: all versions of it, else of each name the newest.

    Args:
        tag: ``name`` or ``name=value``.
        after: where a page begins, as the page before it said.
    """

    name: str = ""
    tag: str = ""
    framework: str = ""
    after: str = ""

    @classmethod
    def of(cls, query: QueryParams, name: str = "") -> ModelsAsk:
        """From an address."""
        return cls(name, query.get("tag", "").strip(), query.get("framework", ""), query.get("after", ""))

    @property
    def narrowed(self) -> bool:
        """Whether a filter is set."""
        return bool(self.tag or self.framework)

    def pairs(self) -> Iterable[tuple[str, str]]:
        """The query again, without ``after``."""
        return (("tag", self.tag), ("framework", self.framework))

    def filter(self) -> ModelFilter:
        """What storage is asked for."""
        tag, equals, value = self.tag.partition("=")
        return ModelFilter(
            name=self.name or None,
            tags=((tag, value if equals else None),) if tag else (),
            framework=self.framework or None,
            latest=not self.name,
        )
