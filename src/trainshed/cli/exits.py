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
