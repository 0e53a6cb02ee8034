"""Snapshots of source folders: what belongs to them, what they hash to, and how they reach the server."""

from __future__ import annotations

from trainshed.sdk.snapshot.explaining import Verdict, explain

__all__ = ["Verdict", "explain"]
