"""Compare the public names of SDK v1 with what the installed `azureml` package offers.

    python tools/api_coverage.py                      a table, one row per module, and the totals
    python tools/api_coverage.py --total              only the totals
    python tools/api_coverage.py --missing            also every missing module, class, member, parameter
    python tools/api_coverage.py --markdown FILE      the same as a Markdown page (docs/compatibility.md)
    python tools/api_coverage.py --at-least 75        exit 1 below that total percentage
    python tools/api_coverage.py --not-below FILE     exit 1 with fewer points than that Markdown page records

Facts: azureml_v1_api.json beside this file (labels 1.11.0 and 1.62.0). A point is given for each module that imports,
each class, each public member, each public parameter accepted by its name (**kwargs accepts nothing), and each literal
default that is equal. Standard library only; run it with the interpreter in which `azureml` is installed.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FACTS = Path(__file__).resolve().parent / "azureml_v1_api.json"

# Azure-only services that training on one's own machines has no use for: listed, not counted.
OUT_OF_SCOPE = (
    "azureml.core.compute.adla",
    "azureml.core.compute.databricks",
    "azureml.core.compute.datafactory",
    "azureml.core.compute.batch",
    "azureml.core.compute.hdinsight",
    "azureml.core.compute.dsvm",
    "azureml.core.databricks",
    "azureml.core.image",
    "azureml.core.private_endpoint",
    "azureml.core.profile",
    "azureml.data.dbfs_datastore",
    "azureml.data.azure_data_lake_datastore",
    "azureml.data.azure_my_sql_datastore",
    "azureml.data.azure_sql_database_datastore",
    "azureml.data.dataset_profile",
    "azureml.data.dataset_profile_run",
    "azureml.data.dataset_profile_run_config",
    "azureml.data.dataset_definition",
    "azureml.data.dataset_snapshot",
    "azureml.data.dataset_action_run",
    "azureml.data.datastore_client",
    "azureml.data.sql_data_reference",
    "azureml.data.stored_procedure_parameter",
    "azureml.core.webservice.unknown_webservice",
)
OUT_OF_SCOPE_CLASSES = frozenset(
    {
        "AdlaCompute",
        "DatabricksCompute",
        "DataFactoryCompute",
        "BatchCompute",
        "HDInsightCompute",
        "DsvmCompute",
        "ContainerImage",
        "Image",
        "PrivateEndPoint",
        "PrivateEndPointConfig",
        "DatabricksCluster",
        "DatabricksSection",
        "DatabricksEnvironment",
    }
)

Facts = Mapping[str, Any]  # a part of the facts file, as JSON gives it


class Count:
    """The points of one module, and the words for each that was not won."""

    def __init__(self) -> None:
        self.have = 0
        self.all = 0
        self.missing: list[str] = []

    def point(self, won: bool, what: str) -> None:
        self.all += 1
        self.have += won
        if not won:
            self.missing.append(what)

    @property
    def percent(self) -> float:
        return 100.0 * self.have / self.all


class Row(NamedTuple):
    module: str
    points: Count


class Report(NamedTuple):
    """All rows, and the modules that were left out of the count."""

    label: str
    rows: list[Row]
    out_of_scope: list[str]

    @property
    def total(self) -> Count:
        total = Count()
        for _, count in self.rows:
            total.have += count.have
            total.all += count.all
            total.missing += count.missing
        return total

    def table(self) -> list[str]:
        lines = [f"| module of SDK {self.label} | offered | of | % |", "|---|---:|---:|---:|"]
        lines += [f"| `{name}` | {c.have} | {c.all} | {c.percent:.0f} |" for name, c in self.rows]
        total = self.total
        return [*lines, f"| **all** | **{total.have}** | **{total.all}** | **{total.percent:.1f}** |"]

    def markdown(self) -> str:
        parts = [
            f"# Compatibility with Azure ML SDK {self.label}",
            "Modules, classes, members, parameters and literal defaults of the public v1 API that `azureml` offers."
            "\nWritten by `make compatibility`; `make test` refuses a fall below the number of points in the last row.",
            "\n".join(self.table()),
            "## Not offered yet",
            "\n".join(f"- `{what}`" for what in self.total.missing),
            "## Azure-only, not counted",
            "\n".join(f"- `{name}`" for name in self.out_of_scope),
        ]
        return "\n\n".join(parts) + "\n"


def public_params(params: list[Facts] | None) -> list[Facts]:
    return [
        p
        for p in params or []
        if not p.get("private") and not p["name"].startswith(("_", "*")) and "var" not in p.get("kind", "")
    ]


def parameters_of(target: Any) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(target).parameters
    except (TypeError, ValueError):
        return {}


def check_params(count: Count, where: str, facts: list[Facts] | None, target: Any) -> None:
    """A point for each parameter by its name, and one for each default that is a literal and equal."""
    wanted = public_params(facts)
    have = parameters_of(target) if wanted else {}
    for fact in wanted:
        name = fact["name"]
        count.point(name in have, f"{where}({name})")
        check_default(count, where, fact, have.get(name))


def check_default(count: Count, where: str, fact: Facts, have: inspect.Parameter | None) -> None:
    try:
        literal = ast.literal_eval(fact["default"])
    except (KeyError, ValueError, SyntaxError):
        return
    equal = have is not None and (have.default == literal or repr(have.default) == repr(literal))
    here = "no such parameter" if have is None else f"here {have.default!r}"
    count.point(equal, f"{where}({fact['name']}={fact['default']}): {here}")


def check_class(count: Count, where: str, facts: Facts, cls: Any) -> None:
    check_params(count, where, facts.get("init"), cls)
    for kind in ("methods", "properties"):
        for name, member in (facts.get(kind) or {}).items():
            if name.startswith("_"):
                continue
            have = getattr(cls, name, None)
            count.point(have is not None or name in getattr(cls, "__annotations__", {}), f"{where}.{name}")
            if kind == "methods":
                check_params(count, f"{where}.{name}", member.get("params"), have)


def offered(module: Any, name: str) -> Any:
    """The module's attribute, or None; a v1 name that we don't offer raises ImportError."""
    try:
        return getattr(module, name, None)
    except ImportError:
        return None


def check_module(name: str, facts: Facts) -> Count:
    count = Count()
    module = None
    try:
        module = importlib.import_module(name)
    except Exception as error:  # noqa: BLE001  a module may break in any way, and then has no points
        count.point(False, f"{name}: {type(error).__name__}: {error}")
    else:
        count.point(True, name)
    for cls_name, cls_facts in (facts.get("classes") or {}).items():
        if not cls_name.startswith("_") and cls_name not in OUT_OF_SCOPE_CLASSES:
            cls = offered(module, cls_name)
            count.point(cls is not None, f"{name}.{cls_name}")
            check_class(count, f"{name}.{cls_name}", cls_facts, cls)
    for fn_name, fn_facts in (facts.get("functions") or {}).items():
        if not fn_name.startswith("_"):
            fn = offered(module, fn_name)
            count.point(fn is not None, f"{name}.{fn_name}")
            check_params(count, f"{name}.{fn_name}", fn_facts.get("params"), fn)
    return count


def compare(facts_file: Path, label: str) -> Report:
    modules: dict[str, Facts] = json.loads(facts_file.read_text(encoding="utf-8"))["sdk"][label]["modules"]
    names = sorted(modules)
    rows = [Row(name, check_module(name, modules[name])) for name in names if not name.startswith(OUT_OF_SCOPE)]
    return Report(label, rows, [name for name in names if name.startswith(OUT_OF_SCOPE)])


def recorded_points(page: Path) -> int:
    """The number of points in the last row of a page that `--markdown` wrote."""
    found = re.search(r"^\| \*\*all\*\* \| \*\*(\d+)\*\*", page.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise SystemExit(f"{page} holds no row of totals; write it anew with --markdown {page}")
    return int(found.group(1))


def verdict(total: Count, at_least: float | None, not_below: Path | None) -> list[str]:
    """What is wrong with the total, in words; empty if nothing."""
    wrong = []
    if at_least is not None and total.percent < at_least:
        wrong.append(f"{total.percent:.1f}% is below {at_least:.1f}%")
    if not_below is not None and total.have < recorded_points(not_below):
        wrong.append(f"{total.have} points are fewer than the {recorded_points(not_below)} in {not_below}")
    return wrong


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--label", default="1.11.0")
    parser.add_argument("--facts", type=Path, default=FACTS)
    parser.add_argument("--total", action="store_true")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--at-least", type=float)
    parser.add_argument("--not-below", type=Path)
    return parser.parse_args()


def main() -> int:
    args = arguments()
    report = compare(args.facts, args.label)
    total = report.total
    print("\n".join(report.table()[-1 if args.total else 0 :]))
    if args.missing:
        print("\n".join(f"missing: {what}" for what in total.missing))
    if args.markdown:
        args.markdown.write_text(report.markdown(), encoding="utf-8")
    wrong = verdict(total, args.at_least, args.not_below)
    for words in wrong:
        print(words, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
