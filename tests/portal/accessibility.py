"""What axe-core finds on a page that somebody could not use."""

from __future__ import annotations

from typing import List

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page


def serious_findings(page: Page, *rules: str) -> List[str]:
    """A line for each element with a serious or critical finding; of all of axe's rules, or of those named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['target']} {node['html'][:200]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
