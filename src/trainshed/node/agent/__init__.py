"""One per node per attempt: prepares, starts the ranks, ships what they write, tells the server. May be killed at any
moment; started again for the same folder it goes on where the other was.
"""

from __future__ import annotations

from trainshed.node.agent.life import get_ready, main

__all__ = ["get_ready", "main"]
