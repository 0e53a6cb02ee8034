"""``python -m trainshed.server.app --home HOME``: the embedded server. Started by client/embedded.py, or by hand."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Parse, leave the parent if wanted, then load the rest."""
    parser = argparse.ArgumentParser(prog="python -m trainshed.server.app", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of the embedded server")
    parser.add_argument("--port", type=int, default=0, help="port for this start; without it the home's fixed one")
    parser.add_argument("--idle-minutes", type=float, default=30.0, help="leave after so long without run and client")
    parser.add_argument("--detach", action="store_true", help="go on as a child that nobody waits for")
    parser.add_argument("--ready-fd", type=int, default=-1, help="descriptor told once when the server listens")
    asked = parser.parse_args()
    # Before anything heavy is loaded: a fork is cheap now, and whoever started us waits for the parent.
    if asked.detach and os.fork():
        os._exit(0)
    from trainshed.server.app.process import run

    return run(asked.home.absolute(), port=asked.port, idle_s=asked.idle_minutes * 60, ready_fd=asked.ready_fd)


if __name__ == "__main__":
    sys.exit(main())
