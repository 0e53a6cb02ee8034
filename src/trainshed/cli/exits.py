"""The exit codes of the command; docs/cli.md lists them."""

from __future__ import annotations

DONE = 0
FAILED = 1
"""The server could not do it, or a check of ``doctor`` failed."""
USAGE = 2
"""What was typed can never succeed as it is."""
NOT_FOUND = 3
NO_SERVER = 4
"""The server does not answer, did not start, or does not know the caller."""
BROKEN_PIPE = 141
INTERRUPTED = 130
"""Ctrl-C, and of ``run``: the run was canceled."""

# Of ``run`` and of ``logs -f``, so that they are not taken for the script's own.
OUT_OF_TIME = 124
"""The run reached its ``--max-duration``; timeout(1) says it so."""
OURS = 125
"""Trainshed could not submit, start or follow the run; docker(1) says it so."""
SIGNALED = 128
"""Plus the signal's number, as a shell does."""

#: As ``trainshed help exit-codes`` and docs/cli.md tell them.
MEANINGS = (
    ("0", "done; of run and logs -f: the run is Completed"),
    ("1", "the server could not do it; a check of doctor failed; no server runs (server status)"),
    ("2", "what was typed, or a value in it, can never succeed"),
    ("3", "there is no such run, file, workspace ..."),
    ("4", "the server does not answer, did not start, or does not accept the token"),
    ("130", "Ctrl-C"),
    ("141", "whoever read the output has left (trainshed runs | head -1)"),
)
MEANINGS_OF_RUN = (
    ("0", "Completed"),
    ("1 to 255", "Failed: the script exited with it"),
    ("128 + N", "Failed: signal N ended the script (137: SIGKILL, which is also what running out of memory does)"),
    ("124", "Failed: --max-duration was reached"),
    ("1", "Failed by run.fail() from outside (in the run's own script it sets no status, as in v1)"),
    ("130", "Canceled; or Ctrl-C, and the run goes on"),
    ("125", "Trainshed could not submit, start or keep the run. Of run, also for mistakes in its options"),
)
