"""The tables for registered environments and locks. A change needs a migration."""

from __future__ import annotations
