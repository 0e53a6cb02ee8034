"""Stands between agent and training: parent and subreaper of one rank. No network, no threads, little that can fail.

Agents come and go; an adopter cannot wait for a stranger's child, so the shim stays, and its flock is the proof that
somebody looks after the rank.
"""

from __future__ import annotations

from trainshed.node.shim.watch import get_ready, main

__all__ = ["get_ready", "main"]
