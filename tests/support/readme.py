"""The code that README shows."""

from __future__ import annotations

import re
from typing import List

from tests.support.wheels import CLONE


def blocks() -> List[str]:
    """Its Python blocks: the demo's, the one with an interpreter of one's own, and the script of that one."""
    return re.findall(r"```python\n(.*?)```", (CLONE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
