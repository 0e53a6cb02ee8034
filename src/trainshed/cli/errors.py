"""Errors in words for a terminal: what happened, what to type next, and the exit code. Nothing else words one."""

from __future__ import annotations

import errno
from typing import Any

from trainshed.cli import exits
from trainshed.contract.errors import (
    BadRequest,
    BadRunId,
    BadValue,
    Coded,
    Conflict,
    EnvironmentNotFound,
    ExperimentNotFound,
    FileNotInRun,
    NetworkHome,
    NoServerHere,
    NotAuthenticated,
    NotFound,
    SchemaTooNew,
    ServerNotStarted,
    ServerUnreachable,
    StorageFull,
    UnknownTarget,
)
from trainshed.contract.exceptions import AzureMLException, UserErrorException
from trainshed.contract.frozen import dataclass
from trainshed.contract.model_errors import ModelExistsHere, ModelNotFound


class NoSuchRun(Coded, UserErrorException, NotFound):
    code = "no_such_run"
    text = "Workspace {workspace!r} has no run whose id is, or begins with, {run!r}."


class NoRunYet(Coded, UserErrorException, NotFound):
    code = "no_run_yet"
    text = "Workspace {workspace!r} has no run yet."


class NoSuchRank(Coded, UserErrorException, NotFound):
    code = "no_such_rank"
    text = "Run {run_id} has no process {rank}: it has {count}, numbered from 0 to {last}."


class AmbiguousRun(Coded, UserErrorException, BadRequest):
    code = "ambiguous_run"
    text = "Several runs begin with {run!r}: {found}. Type more of the id."


class BadUsage(Coded, UserErrorException, BadRequest):
    code = "bad_usage"
    text = "{why}"


@dataclass(frozen=True)
class Failure:
    """An error as the command tells it. ``next``: a command to type."""

    code: str
    message: str
    next: str
    exit_code: int
    facts: dict[str, Any]


# The first class that fits counts.
_NEXT: tuple[tuple[type, str], ...] = (
    (NoSuchRun, "trainshed runs"),
    (NoSuchRank, "trainshed show {run_id}"),
    (NoRunYet, "trainshed run train.py"),
    (AmbiguousRun, "trainshed runs"),
    (FileNotInRun, "trainshed show {run_id}"),
    (ModelNotFound, "trainshed models list"),
    (ModelExistsHere, "trainshed models download --force ..."),
    (BadRunId, "trainshed runs"),
    (StorageFull, "trainshed prune"),
    (ServerNotStarted, "trainshed doctor"),
    (ServerUnreachable, "trainshed doctor"),
    (NotAuthenticated, "trainshed doctor"),
    (SchemaTooNew, "pip install -U trainshed"),
    (UnknownTarget, "trainshed compute list"),
    (EnvironmentNotFound, "trainshed env list --curated"),
    (ExperimentNotFound, "trainshed runs"),
    (NoServerHere, "trainshed doctor"),
    (NetworkHome, "trainshed doctor"),
    (UserErrorException, "trainshed {verb} --help"),
)
_ELSE = "trainshed doctor"

_EXITS: tuple[tuple[type, int], ...] = (
    (NotAuthenticated, exits.NO_SERVER),
    (ServerUnreachable, exits.NO_SERVER),
    (ServerNotStarted, exits.NO_SERVER),
    (NotFound, exits.NOT_FOUND),
    (BadRequest, exits.USAGE),
    (Conflict, exits.FAILED),
    (UserErrorException, exits.USAGE),
)


def describe(error: AzureMLException | OSError, verb: str) -> Failure:
    """An error of ours or of the system as the command tells it; ``verb``: what was typed."""
    if isinstance(error, OSError):
        next_command = "trainshed du" if error.errno in (errno.ENOSPC, errno.EDQUOT) else _ELSE
        return Failure("system", _system_words(error), next_command, exits.FAILED, {"errno": error.errno})
    facts = dict(error.facts) if isinstance(error, Coded) else {}
    code = error.code if isinstance(error, Coded) else type(error).__name__
    exit_code = next((number for kind, number in _EXITS if isinstance(error, kind)), exits.FAILED)
    return Failure(code, error.message, _next_command(error, facts, verb), exit_code, facts)


def _next_command(error: BaseException, facts: dict[str, Any], verb: str) -> str:
    if isinstance(error, BadValue) and str(facts.get("what", "")).startswith("TRAINSHED_"):
        return _ELSE  # a setting of this machine, whatever was typed
    command = next((command for kind, command in _NEXT if isinstance(error, kind)), _ELSE)
    return command.format(**{**facts, "verb": verb})


def _system_words(error: OSError) -> str:
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename else what
