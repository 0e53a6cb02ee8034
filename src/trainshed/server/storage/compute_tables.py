"""The tables for compute targets. A change needs a migration."""

from __future__ import annotations
