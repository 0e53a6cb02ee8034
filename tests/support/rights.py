"""Rights that some tests need and that no package gives: being root, and user namespaces of the kernel's.

Where one is missing these tests are skipped and the end of the output names each; a skip for any other reason fails.
"""

from __future__ import annotations

import os

import pytest

from tests.node import confined

_ROOT, _NAMESPACES = "needs root: ", "needs user namespaces: "


def needs_root(what: str) -> pytest.MarkDecorator:
    """Mark a test that does what only root can."""
    return pytest.mark.skipif(os.geteuid() != 0, reason=_ROOT + what)


def require_root(what: str) -> None:
    """The same within a fixture."""
    if os.geteuid() != 0:
        pytest.skip(_ROOT + what)


def needs_namespaces() -> pytest.MarkDecorator:
    """Mark a test that becomes an ordinary user by a user namespace."""
    why = confined.why_not()
    return pytest.mark.skipif(why != "", reason=_NAMESPACES + why)


def may_skip(reason: str) -> bool:
    """Whether a skip is one of these."""
    return reason.startswith((_ROOT, _NAMESPACES))
