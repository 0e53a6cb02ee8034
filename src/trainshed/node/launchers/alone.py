"""Launcher ``none``: one process on one node."""

from __future__ import annotations

from typing import Sequence

from trainshed.contract.spec import RunSpec
from trainshed.node.launchers import Launcher, RankCommand


class Alone(Launcher):
    """The command itself is rank 0."""

    def commands(self, spec: RunSpec, node: int, interpreter: str) -> Sequence[RankCommand]:
        command = spec.command
        if len(command.command) == 1 and len(command.command[0].split()) > 1:
            return (RankCommand(0, ("/bin/sh", "-c", command.command[0]), shell=True),)
        if command.command:
            return (RankCommand(0, tuple(command.command)),)
        return (RankCommand(0, (interpreter, command.script, *command.arguments)),)
