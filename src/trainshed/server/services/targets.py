"""The compute targets that exist. Back-ends register themselves; services only ask by name."""

from __future__ import annotations

from typing import Callable, Iterable, List, Tuple

from trainshed.contract.api import TargetView
from trainshed.contract.errors import UnknownTarget

#: Gives the present views of the targets that one back-end offers.
TargetProvider = Callable[[], Iterable[TargetView]]


class Targets:
    """What ``compute_target='...'`` may name."""

    def __init__(self) -> None:
        self._providers: List[TargetProvider] = []

    def register(self, provider: TargetProvider) -> None:
        """Ask ``provider`` from now on."""
        self._providers.append(provider)

    def views(self) -> Tuple[TargetView, ...]:
        """All targets, by name."""
        found = [view for provider in self._providers for view in provider()]
        return tuple(sorted(found, key=lambda view: view.name))

    def check(self, name: str) -> None:
        """UnknownTarget, naming those that exist, unless there is one of that name."""
        names = [view.name for view in self.views()]
        if name not in names:
            raise UnknownTarget(target=name, known=", ".join(names) or "none")
