"""Tables for what is kept about experiments, and secrets, as they were first."""

from __future__ import annotations

from typing import Tuple

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS: Tuple[str, ...] = ()


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
