"""Why an environment could not be had."""

from __future__ import annotations

import re

_NETWORK = re.compile(
    r"Failed to fetch|error sending request|dns error|tcp connect|connection (refused|reset)|timed out"
    r"|[Nn]etwork connectivity is disabled|certificate|\b(401|403|407|50[0-9]) ",
)
_PYTHON = re.compile(r"Python|\bcp3\d+|ABI|Failed to (download and )?build|build backend|Build failed|platform tag")
_KILLED = re.compile(r"ended by signal 9\b|signal: 9 \(SIGKILL\)")
_NOT_THERE = re.compile(r"not found in the (package registry|provided package locations|cache)")


class CannotBuild(Exception):
    """uv could not do what it was asked for; its words tell why."""

    @property
    def words(self) -> str:
        """What uv said, without passwords."""
        return str(self)

    @property
    def is_network(self) -> bool:
        """Whether an index or a file could not be reached: another version or Python would change nothing."""
        return bool(_NETWORK.search(self.words))

    @property
    def is_killed(self) -> bool:
        """Whether uv, or what it built with, was killed: what was asked for may be all right."""
        return bool(_KILLED.search(self.words))

    @property
    def is_unknown_name(self) -> bool:
        """Whether there is no such package at all: another day would change nothing."""
        return bool(_NOT_THERE.search(self.words))

    @property
    def is_for_lack_of_python(self) -> bool:
        """Whether another Python may do."""
        return bool(_PYTHON.search(self.words)) and not (self.is_network or self.is_killed or self.is_unknown_name)
