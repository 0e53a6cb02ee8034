"""Every page of the documentation: its links lead somewhere, its code can be parsed."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import List

import pytest

CLONE = Path(__file__).resolve().parents[1]
PAGES = sorted(
    page
    for page in [*CLONE.glob("*.md"), *(CLONE / "docs").glob("*.md"), *(CLONE / "examples").rglob("*.md")]
    if ".venv" not in page.parts
)


def anchors(page: Path) -> List[str]:
    """As GitHub names the headings of a page."""
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CLONE)))
def test_a_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        ast.parse(block)
    for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        json.loads(block)


def test_every_page_can_be_reached_from_readme() -> None:
    readme = (CLONE / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (CLONE / "docs").glob("*.md") if f"(docs/{page.name}" not in readme] == []
