"""`azureml`: names only, each where v1 had it, loaded when used; what is not offered says where to read on."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
FACTS: Dict[str, Any] = json.loads((ROOT / "tools" / "azureml_v1_api.json").read_text())["sdk"]


def modules() -> List[str]:
    files = sorted((SRC / "azureml").rglob("*.py"))
    names = [".".join(file.relative_to(SRC).with_suffix("").parts) for file in files]
    return [name[: -len(".__init__")] if name.endswith(".__init__") else name for name in names]


OFFERING = [name for name in modules() if hasattr(importlib.import_module(name), "_HOME")]


@pytest.mark.parametrize("name", OFFERING)
def test_every_name_has_its_home(name: str) -> None:
    module = importlib.import_module(name)
    for offered in module._HOME:
        assert getattr(module, offered) is getattr(importlib.import_module(module._HOME[offered]), offered)
    assert set(module._HOME) <= set(dir(module))


@pytest.mark.parametrize("name", OFFERING)
def test_type_checkers_see_the_same_names(name: str) -> None:
    module = importlib.import_module(name)
    file = module.__file__
    assert file is not None
    seen = {}
    for node in ast.walk(ast.parse(Path(file).read_text())):
        if isinstance(node, ast.ImportFrom) and any(alias.asname for alias in node.names):
            seen.update({alias.name: node.module for alias in node.names})
            assert all(alias.asname == alias.name for alias in node.names)
    assert seen == module._HOME


@pytest.mark.parametrize("name", modules())
def test_names_only(name: str) -> None:
    file = importlib.import_module(name).__file__
    assert file is not None
    for node in ast.walk(ast.parse(Path(file).read_text())):
        assert not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.For, ast.While, ast.Try)), (name, node.lineno)


def v1_names(name: str) -> Iterator[str]:
    for label in FACTS:
        facts = FACTS[label]["modules"].get(name, {})
        for kind in ("classes", "functions", "reexports", "constants"):
            yield from (one for one in facts.get(kind) or {} if not one.startswith("_"))


@pytest.mark.parametrize("name", OFFERING)
def test_a_v1_name_is_offered_or_says_where_to_read_on(name: str) -> None:
    module = importlib.import_module(name)
    for wanted in sorted(set(v1_names(name))):
        if wanted not in module._HOME:
            with pytest.raises(ImportError, match=r"docs/compatibility\.md"):
                getattr(module, wanted)


def test_a_name_that_nobody_ever_offered() -> None:
    module = importlib.import_module("azureml.core")
    assert not hasattr(module, "NoSuchThing")
    assert getattr(module, "__wrapped__", None) is None


KEPT = ("azureml.core.run.Run", "azureml.core.experiment.Experiment", "azureml.core.workspace.Workspace")


def kept_members() -> Iterator[Tuple[str, str, str]]:
    for path in KEPT:
        module, _, name = path.rpartition(".")
        for label in FACTS:
            facts = FACTS[label]["modules"][module]["classes"][name]
            yield from ((label, path, member) for member in facts["methods"] if not member.startswith("__"))
            yield label, path, "__init__"


def _facts_of(label: str, path: str, member: str) -> Any:
    module, _, name = path.rpartition(".")
    facts = FACTS[label]["modules"][module]["classes"][name]
    return facts["init"] if member == "__init__" else facts["methods"][member]["params"]


@pytest.mark.parametrize(("label", "path", "member"), sorted(set(kept_members())))
def test_parameters_and_defaults_are_v1s(label: str, path: str, member: str) -> None:
    """For what we offer: every parameter of v1 by its name, in its order, with its default."""
    module, _, name = path.rpartition(".")
    target = getattr(getattr(importlib.import_module(module), name), member, None)
    if target is None:
        return  # docs/compatibility.md lists it
    ours = {key: one for key, one in inspect.signature(target).parameters.items() if key != "self"}
    wanted = [one for one in _facts_of(label, path, member) if "var" not in (one.get("kind") or "")]
    assert [key for key in ours if key in {one["name"] for one in wanted}] == [one["name"] for one in wanted]
    for one in wanted:
        default = ours[one["name"]].default
        if "default" not in one:
            assert default is inspect.Parameter.empty
        elif one["default"] != "ViewType.ActiveOnly":
            assert default == ast.literal_eval(one["default"]), one


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    full = {**os.environ, **environment, "PYTHONPATH": str(SRC)}
    return subprocess.run(
        [sys.executable, "-c", code], env=full, capture_output=True, text=True, timeout=60, check=True
    )


IN_A_RUN = {"AZUREML_RUN_ID": "r", "AZUREML_SERVICE_ENDPOINT": "http://127.0.0.1:9", "AZUREML_RUN_TOKEN": "t"}


def test_a_script_imports_next_to_nothing() -> None:
    """What `Run.get_context()` and the first `run.log` load: nothing that takes longer than a millisecond."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from azureml.core import Run\nrun = Run.get_context()\nrun.id\n"
        "print(sorted(set(sys.modules) - before))"
    )
    loaded = ast.literal_eval(python(code, **IN_A_RUN).stdout)
    heavy = (
        "typing",
        "dataclasses",
        "json",
        "re",
        "enum",
        "inspect",
        "http.client",
        "logging",
        "uuid",
        "threading",
        "socket",
    )
    assert not set(loaded) & set(heavy), loaded
    assert len(loaded) < 20, loaded


def test_import_prints_nothing_and_belongs_to_us() -> None:
    done = python("import azureml, azureml.core; print(list(azureml.__path__))")
    assert ast.literal_eval(done.stdout) == [str(SRC / "azureml")] and done.stderr == ""


def test_the_version_is_that_of_v1() -> None:
    import azureml.core

    assert azureml.core.VERSION.split(".")[0] == "1"


def test_exceptions_are_a_tree() -> None:
    import azureml.exceptions

    for name in dir(azureml.exceptions):
        kind = getattr(azureml.exceptions, name)
        if isinstance(kind, type) and issubclass(kind, Exception):
            assert issubclass(kind, azureml.exceptions.AzureMLException)
            assert isinstance(kind("words").message, str)
