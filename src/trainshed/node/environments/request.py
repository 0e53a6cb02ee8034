"""What is asked for, in the form in which it is resolved and remembered."""

from __future__ import annotations

import hashlib
import json
import platform
from typing import Optional, Sequence, Tuple

from trainshed.contract.frozen import dataclass
from trainshed.node.environments.pythons import Python

#: Raised when the same request shall be resolved anew, or built in another way, by a new release.
_FORM = 1


@dataclass(frozen=True)
class Request:
    """Requirements for pip, and the Python.

    Args:
        python: as asked for; empty: nobody chose one.
        current: the Python that submits.
        options: lines with pip's options, such as ``--extra-index-url URL``.
        constraints: requirement lines that hold for what is asked for.
        sources: facts on where packages come from (``Settings.facts``).
    """

    requirements: Tuple[str, ...]
    python: str
    current: Python
    as_of: Optional[str] = None
    options: Tuple[str, ...] = ()
    constraints: Tuple[str, ...] = ()
    sources: Tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same for requests that have the same answer; for a file's name."""
        current = (self.current.path, self.current.version)
        facts = [_FORM, sorted(self.requirements), self.python, current, self.as_of, self.options]
        return _hash(json.dumps([*facts, sorted(self.constraints), self.sources, platform.machine()]))

    def text(self, leave_out: Sequence[str] = (), add: Sequence[str] = ()) -> str:
        """A requirements file."""
        kept = [line for line in self.requirements if line not in leave_out]
        return "".join(line + "\n" for line in (*self.options, *kept, *add))


def environment_name(lock: str, python: Python) -> str:
    """The name of the environment that a lock and a Python make."""
    facts = (_FORM, lock, python.path, python.version, python.implementation, python.bundled, platform.machine())
    return _hash(json.dumps(facts))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
