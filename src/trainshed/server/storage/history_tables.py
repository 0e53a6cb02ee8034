"""The tables for what is kept about experiments, and secrets. A change needs a migration."""

from __future__ import annotations
