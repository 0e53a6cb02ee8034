"""What is shown instead of a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LoginPage:
    """How to get in. ``refused``: why the link that was opened did not do."""

    title: str
    refused: str = ""


@dataclass(frozen=True)
class ProblemPage:
    """Something that is not there, or cannot be answered."""

    title: str
    message: str
