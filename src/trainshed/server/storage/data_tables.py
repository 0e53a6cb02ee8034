"""The tables for datastores and datasets. A change needs a migration."""

from __future__ import annotations
