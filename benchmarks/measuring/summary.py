"""The table of docs/benchmarks.md, from the results of all benchmarks that were run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List

from measuring.report import ENOUGH_RUNS, OURS

_HEAD = "| what | Trainshed | floor | peers | promise | kept? |\n|---|---|---|---|---|---|\n"


def markdown(results: Path, names: List[str]) -> str:
    """One row for each quantity of ours; ``names``: which benchmarks, in their order. Facts of the machine on top."""
    found = [json.loads(path.read_text()) for name in names for path in sorted(results.glob(f"{name}*.json"))]
    if not found:
        return ""
    facts = ", ".join(f"{name} {value}" for name, value in found[0]["facts"].items())
    warnings = sorted({text for report in found for text in report["warnings"]})
    rows = [row for report in found for row in _rows(report)]
    return "\n\n".join([facts, *warnings, _HEAD + "\n".join(rows)]) + "\n"


def _rows(report: Dict[str, Any]) -> Iterator[str]:
    for quantity in report["quantities"]:
        promised = [promise for promise in report["promises"] if promise["quantity"] == quantity["key"]]
        for subject in dict.fromkeys([OURS, *(promise["subject"] for promise in promised)]):
            mine = [promise for promise in promised if promise["subject"] == subject]
            row = _row(report, quantity, subject, mine)
            if row is not None:
                yield row


def _row(report: Dict[str, Any], quantity: Dict[str, Any], subject: str, promises: List[Dict[str, Any]]) -> str | None:
    measured = {one["name"]: one["summaries"].get(quantity["key"]) for one in report["subjects"]}
    ours, floor = measured.get(subject), quantity["floor"]
    if ours is None:
        return None
    digits = quantity["digits"]
    peers = [
        f"{name} {one['median']:,.{digits}f}"
        for name, one in measured.items()
        if one is not None and name not in (subject, floor, OURS)
    ]
    rounds = "" if ours["count"] >= ENOUGH_RUNS else f", only {ours['count']} rounds"
    what = f"{report['title']}: {quantity['title']} ({quantity['unit']}{rounds})"
    cells = [
        what if subject == OURS else f"{subject}: {what}",
        f"{ours['median']:,.{digits}f} (p95 {ours['p95']:,.{digits}f})",
        f"{measured[floor]['median']:,.{digits}f} {floor}" if floor and measured.get(floor) else "",
        ", ".join(peers),
        "; ".join(_promised(promise, quantity) for promise in promises),
        "; ".join(str(promise["verdict"]).rpartition(": ")[2] for promise in promises),
    ]
    return "| " + " | ".join(cells) + " |"


def _promised(promise: Dict[str, Any], quantity: Dict[str, Any]) -> str:
    over = f"{quantity['floor']} + " if promise["over_floor"] else ""
    least = "at least " if quantity["more_is_better"] else ""
    return f"{least}{over}{promise['limit']:,g}"
