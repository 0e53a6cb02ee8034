"""pip's settings reach uv: those of its files in its order, then `PIP_*`; and tools/install.py finds the module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Dict, Tuple

import pytest

from trainshed.node.environments.pip_settings import for_uv


@pytest.fixture
def environ(tmp_path: Path) -> Dict[str, str]:
    """Of a user who has no pip.conf, on a machine that has none."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "xdg"), "XDG_CONFIG_HOME": str(tmp_path / "own")}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, {}),
        ({"PIP_INDEX_URL": "https://a/simple"}, {"UV_DEFAULT_INDEX": "https://a/simple"}),
        ({"PIP_EXTRA_INDEX_URL": "https://a https://b=c"}, {"UV_INDEX": "https://a https://b=c"}),
        ({"PIP_FIND_LINKS": "/a /b"}, {"UV_FIND_LINKS": "/a,/b"}),
        ({"PIP_CERT": "/a b/c.pem"}, {"SSL_CERT_FILE": "/a b/c.pem"}),
        ({"PIP_CERT": "/ours", "SSL_CERT_FILE": "/theirs"}, {}),
        ({"PIP_TRUSTED_HOST": "a b:80"}, {"UV_INSECURE_HOST": "a b:80"}),
        ({"PIP_DEFAULT_TIMEOUT": "9", "PIP_QUIET": "1"}, {"UV_HTTP_TIMEOUT": "9"}),
        ({"PIP_PRE": "1"}, {"UV_PRERELEASE": "allow"}),
        ({"PIP_INDEX_URL": ""}, {}),
    ],
)
def test_variables(environ: Dict[str, str], variables: Dict[str, str], expected: Dict[str, str]) -> None:
    # The machine may have an /etc/pip.conf, which counts for everybody.
    before, after = for_uv(environ).variables, for_uv({**environ, **variables}).variables
    assert {name: value for name, value in after.items() if before.get(name) != value} == expected
    assert after["UV_INDEX_STRATEGY"] == "unsafe-best-match"


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        ({"PIP_NO_INDEX": "1"}, ("--no-index",)),
        ({"PIP_NO_INDEX": "false"}, ()),
        ({"PIP_NO_BINARY": ":all:"}, ("--no-binary", ":all:")),
        ({"PIP_ONLY_BINARY": "a,b"}, ("--only-binary", "a", "--only-binary", "b")),
    ],
)
def test_options(environ: Dict[str, str], variables: Dict[str, str], options: Tuple[str, ...]) -> None:
    assert for_uv({**environ, **variables}).options == options


def test_files_in_their_order(environ: Dict[str, str], tmp_path: Path) -> None:
    """[install] over [global], the user's over the machine's, the environment's over that, then the file named."""

    def index() -> str:
        return for_uv(environ, str(tmp_path / "venv")).variables["UV_DEFAULT_INDEX"]

    write(tmp_path / "xdg/pip/pip.conf", "[install]\nindex_url = https://machine\n[freeze]\nindex-url = https://no\n")
    assert index() == "https://machine"
    write(tmp_path / ".pip/pip.conf", "[install]\nindex-url = https://b\n[global]\nindex-url = https://a\n")
    assert index() == "https://b"
    write(
        tmp_path / "own/pip/pip.conf",
        "[global]\nindex-url = https://user\nextra-index-url =\n  https://x\n  https://y\n",
    )
    assert index() == "https://user"
    assert for_uv(environ).variables["UV_INDEX"] == "https://x https://y"
    write(tmp_path / "venv/pip.conf", "[global]\nindex-url = https://venv\n")
    assert index() == "https://venv"
    write(tmp_path / "named.conf", "[global]\nindex-url = https://named\n")
    environ["PIP_CONFIG_FILE"] = str(tmp_path / "named.conf")
    assert index() == "https://named"
    environ["PIP_INDEX_URL"] = "https://variable"
    assert index() == "https://variable"
    environ["UV_DEFAULT_INDEX"] = "https://uv"
    assert "UV_DEFAULT_INDEX" not in for_uv(environ).variables


def test_no_file_at_all(environ: Dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / ".pip/pip.conf", "[global]\nindex-url = https://a\n")
    assert for_uv({**environ, "PIP_CONFIG_FILE": "/dev/null"}).variables == {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    before = for_uv({**environ, "HOME": "/nonexistent"})
    write(tmp_path / ".pip/pip.conf", "no section = here\n")
    assert for_uv(environ) == before


def test_the_module_is_found_before_anything_is_installed() -> None:
    """By an interpreter that has no site-packages: there, as in a fresh clone, Trainshed itself can't be imported."""
    tool = Path(__file__).resolve().parents[1] / "tools/install.py"
    ask = (
        "import runpy, sys; print(runpy.run_path(sys.argv[1])['pip_settings']().for_uv({'PIP_INDEX_URL': 'https://a'}))"
    )
    said = subprocess.run([sys.executable, "-I", "-S", "-c", ask, tool], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "'UV_DEFAULT_INDEX': 'https://a'" in said.stdout
