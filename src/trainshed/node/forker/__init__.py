"""One warm process per runtime that forks agents and shims in a millisecond, and outlives the server."""

from __future__ import annotations

from trainshed.node.forker.serve import main

__all__ = ["main"]
