"""The report of one benchmark: tables in Markdown, every sample in JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence

from measuring.interleave import Measured
from measuring.numbers import Summary, summarize

#: The name of our own subject in every benchmark.
OURS = "trainshed"
ENOUGH_RUNS = 20


@dataclass(frozen=True)
class Quantity:
    """What is measured. ``floor``: the subject to compare with; ``digits``: decimals shown."""

    key: str
    title: str
    unit: str
    floor: Optional[str] = None
    digits: int = 1
    more_is_better: bool = False


@dataclass(frozen=True)
class Promise:
    """What a subject's median shall be: at most ``limit`` (over the floor's median if ``over_floor``), or at least."""

    quantity: str
    limit: float
    over_floor: bool = False
    subject: str = OURS


@dataclass(frozen=True)
class Report:
    """All that is known after a benchmark; ``notes`` are sentences, ``warnings`` too."""

    name: str
    title: str
    facts: Mapping[str, str]
    quantities: Sequence[Quantity]
    promises: Sequence[Promise]
    measured: Sequence[Measured]
    notes: Sequence[str] = ()
    warnings: Sequence[str] = field(default_factory=list)

    def summary(self, subject: Optional[str], quantity: Quantity) -> Optional[Summary]:
        """The numbers of one subject, or None if it was not measured."""
        for result in self.measured:
            if result.name == subject and result.samples.get(quantity.key):
                return summarize(result.samples[quantity.key], more_is_better=quantity.more_is_better)
        return None

    def markdown(self) -> str:
        """One table for each quantity, the promises, and what was not measured."""
        parts = [f"## {self.title}", ", ".join(f"{name} {value}" for name, value in self.facts.items())]
        parts += [f"**{text}**" for text in self.warnings]
        for quantity in self.quantities:
            rows = [row for result in self.measured for row in self._row(result, quantity)]
            if rows:
                parts.append("\n".join([*self._head(quantity), *rows]))
        missing = [result for result in self.measured if result.reason is not None]
        parts += [f"- {result.name}: not measured: {result.reason}" for result in missing]
        parts += [f"- promise: {self._verdict(promise)}" for promise in self.promises]
        parts += [f"- {note}" for note in self.notes]
        return _joined(parts)

    def write(self, folder: Path) -> List[Path]:
        """``<name>.json`` and ``<name>.md``."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "name": self.name,
            "title": self.title,
            "facts": dict(self.facts),
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "quantities": [vars(quantity) for quantity in self.quantities],
            "promises": [{**vars(promise), "verdict": self._verdict(promise)} for promise in self.promises],
            "subjects": [self._record(result) for result in self.measured],
        }
        paths = [folder / f"{self.name}.json", folder / f"{self.name}.md"]
        paths[0].write_text(json.dumps(content, indent=1) + "\n")
        paths[1].write_text(self.markdown())
        return paths

    def _record(self, result: Measured) -> Dict[str, object]:
        found = {quantity.key: self.summary(result.name, quantity) for quantity in self.quantities}
        summaries = {key: vars(summary) for key, summary in found.items() if summary}
        return {"name": result.name, "reason": result.reason, "summaries": summaries, "samples": result.samples}

    def _head(self, quantity: Quantity) -> List[str]:
        titles = [f"{quantity.title} ({quantity.unit})", "median", "p95"]
        titles += ["over floor", "times floor"] if quantity.floor else []
        titles.append("runs")
        return ["| " + " | ".join(titles) + " |", "|---" + "|--:" * (len(titles) - 1) + "|"]

    def _row(self, result: Measured, quantity: Quantity) -> List[str]:
        summary = self.summary(result.name, quantity)
        if summary is None:
            return []
        digits = quantity.digits
        cells = [result.name, f"{summary.median:,.{digits}f}", f"{summary.p95:,.{digits}f}"]
        if quantity.floor:
            floor = self.summary(quantity.floor, quantity)
            cells += _compared(summary, floor, digits) if floor and result.name != quantity.floor else ["", ""]
        return ["| " + " | ".join([*cells, str(summary.count)]) + " |"]

    def _verdict(self, promise: Promise) -> str:
        quantity = next(quantity for quantity in self.quantities if quantity.key == promise.quantity)
        sense = "at least" if quantity.more_is_better else "at most"
        over = f" over {quantity.floor}" if promise.over_floor else ""
        words = f"{promise.subject}, {quantity.title}: {sense} {promise.limit:,g} {quantity.unit}{over}"
        summary, floor = self.summary(promise.subject, quantity), self.summary(quantity.floor, quantity)
        if summary is None or (promise.over_floor and floor is None):
            return f"{words}: not measured"
        value = summary.median - (floor.median if promise.over_floor and floor else 0)
        kept = value >= promise.limit if quantity.more_is_better else value <= promise.limit
        return f"{words}: {value:,.{quantity.digits}f}, {'kept' if kept else 'MISSED'}"


def too_few_runs(runs: int) -> Optional[str]:
    """A warning for the report when ``runs`` are too few to be quoted."""
    return None if runs >= ENOUGH_RUNS else f"Only {runs} counted runs: not to be quoted."


def _compared(summary: Summary, floor: Summary, digits: int) -> List[str]:
    difference = f"{summary.median - floor.median:+,.{digits}f}"
    if not floor.median:
        return [difference, ""]
    times = summary.median / floor.median
    return [difference, f"{times:,.0f}" if times >= 100 else f"{times:.3g}"]


def _joined(parts: Sequence[str]) -> str:
    """Paragraphs apart, list items together."""
    text = ""
    for part in parts:
        text += ("\n" if not part.startswith("- ") or not text.splitlines()[-1].startswith("- ") else "") + part + "\n"
    return text.lstrip("\n")
