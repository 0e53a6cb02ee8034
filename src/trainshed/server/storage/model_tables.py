"""The tables for models. A change needs a migration."""

from __future__ import annotations
