"""The command line that all benchmarks share."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import FrozenSet, List, Optional

from measuring import peers

_RESULTS = Path(__file__).resolve().parent.parent / "results"


@dataclass(frozen=True)
class Options:
    """``python``: the interpreter that Trainshed is installed for. ``quick``: few runs of small jobs, to try it out."""

    runs: int
    warm_up: int
    peers: FrozenSet[str]
    quick: bool
    python: Path
    results: Path

    def arguments(self) -> List[str]:
        """The command line that gives these options again."""
        given = ["--runs", str(self.runs), "--warm-up", str(self.warm_up), "--python", str(self.python)]
        given += ["--peers", ",".join(sorted(self.peers)) or "none", "--results", str(self.results)]
        return given + (["--quick"] if self.quick else [])


def parser(description: Optional[str]) -> argparse.ArgumentParser:
    """The shared options; :func:`read` turns what was parsed into Options."""
    made = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    made.add_argument("--runs", type=int, help="counted runs of each subject (default 20, with --quick 3)")
    made.add_argument("--warm-up", type=int, help="runs before that (default 2, with --quick 1)")
    made.add_argument("--peers", default="all", help="all, none, or names of benchmarks/peers/*.txt with commas")
    made.add_argument("--quick", action="store_true", help="few runs of small jobs; the numbers are not to be quoted")
    made.add_argument("--python", type=Path, default=Path(sys.executable), help="the interpreter that has Trainshed")
    made.add_argument("--results", type=Path, default=_RESULTS, help="where <benchmark>.json and .md go")
    return made


def read(namespace: argparse.Namespace) -> Options:
    """SystemExit: a number of runs below 1, or an unknown peer."""
    known = peers.names()
    wanted = {"all": known, "none": []}.get(namespace.peers, namespace.peers.split(","))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"no peer {unknown[0]!r}; there are: {', '.join(known)}")
    runs = namespace.runs if namespace.runs is not None else 3 if namespace.quick else 20
    warm_up = namespace.warm_up if namespace.warm_up is not None else 1 if namespace.quick else 2
    if runs < 1 or warm_up < 0:
        raise SystemExit("--runs must be at least 1, --warm-up at least 0")
    python = namespace.python.absolute()
    return Options(runs, warm_up, frozenset(wanted), namespace.quick, python, namespace.results.absolute())
