"""tools/install.py: what pip is told about indexes, uv is told too."""

from __future__ import annotations

from typing import Dict, List

import pytest

from tools.install import settings_of_pip, variables_for_uv


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], {}),
        (["global.index-url='https://a/simple'"], {"UV_DEFAULT_INDEX": "https://a/simple"}),
        # The environment over a file's [install], and that over its [global]; the order of lines means nothing.
        (
            [":env:.index-url='https://c'", "install.index-url='https://b'", "global.index-url='https://a'"],
            {"UV_DEFAULT_INDEX": "https://c"},
        ),
        (["install.index-url='https://b'", "global.index-url='https://a'"], {"UV_DEFAULT_INDEX": "https://b"}),
        (
            ["global.extra-index-url='\\nhttps://a\\nhttps://b=c'"],
            {"UV_INDEX": "https://a https://b=c", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        (["global.find-links='/a b'"], {"UV_FIND_LINKS": "/a,b"}),
        (["global.quiet='1'", "freeze.timeout='10'", "not a setting"], {}),
    ],
)
def test_settings_reach_uv(lines: List[str], expected: Dict[str, str]) -> None:
    assert variables_for_uv(settings_of_pip(lines), {}) == expected


def test_a_variable_that_is_set_wins() -> None:
    assert variables_for_uv({"cert": "/ours"}, {"SSL_CERT_FILE": "/theirs"}) == {}
