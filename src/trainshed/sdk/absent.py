"""Modules of v1 that are not offered: a script that imports one is told where to read on."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Optional


class _LastWord:
    """Comes last on ``sys.meta_path``: what is asked for here, nobody else has found."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> Optional[NoReturn]:
        if not name.startswith("azureml."):
            return None
        words = "No module named %r: it is not offered by Trainshed (yet); see docs/compatibility.md" % name
        raise ModuleNotFoundError(words, name=name)


def explain() -> None:
    """From now on, the error of a missing ``azureml`` module says more than that it is missing."""
    if _LastWord not in sys.meta_path:
        sys.meta_path.append(_LastWord)
