"""One benchmark from its command line to its report: folder, programs, our server, and the tidying up."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Dict, List, Optional, Sequence, Type

from measuring import machine, options, peers
from measuring.interleave import Measured, NotMeasured, Subject, interleave
from measuring.options import Options
from measuring.programs import Program
from measuring.report import OURS, Promise, Quantity, Report, too_few_runs

#: Trainshed hands this variable on to every process it starts; the benchmarks give it to the peers, too.
_MARK = "TRAINSHED_TEST_MARK"
_STOP_DEADLINE_S = 30


class Session:
    """Use as a context manager. ``folder`` is short and temporary; nothing outlives the session."""

    def __init__(self, given: Options) -> None:
        self.options = given
        self.folder = Path(tempfile.mkdtemp(prefix="tsb-"))
        self.home = self.folder / "home"
        self.mark = secrets.token_hex(8)
        self._programs: List[Program] = []
        self._busy = machine.busy_share()
        for text in filter(None, [machine.warning(self._busy), too_few_runs(given.runs)]):
            print(f"warning: {text}", file=sys.stderr)

    @classmethod
    def from_command_line(cls, description: Optional[str]) -> Session:
        """Read ``sys.argv``; ``description`` is the benchmark's docstring."""
        return cls(options.read(options.parser(description).parse_args()))

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self._close_programs()
        self.stop_our_server()
        for pid in self.marked():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def python(self, peer: str) -> Path:
        """The interpreter of ours or of a peer. NotMeasured: not installed, or not asked for."""
        if peer == OURS:
            return self.options.python
        if peer != peers.BARE and peer not in self.options.peers:
            raise NotMeasured("left out by --peers")
        return peers.python_of(peer)

    def environment(self, peer: str, part: str = "") -> Dict[str, str]:
        """What a process of ours or of a peer gets. ``python`` on a peer's PATH is the bare one, quickest to start.

        Its processes can be found by ``part`` (see :meth:`marked`).
        """
        folders = [self.python(peer).parent]
        if peer != OURS:
            folders.insert(0, peers.python_of(peers.BARE).parent)
        environment = machine.clean_environment(*folders)
        environment[_MARK] = f"{self.mark}{part and '-' + part}"
        if peer == OURS:
            environment["TRAINSHED_HOME"] = str(self.home)
        return environment

    def program(self, script: str, peer: str) -> Program:
        """``subjects/<script>``, ready to be asked, in a folder of its own. NotMeasured: the peer is not installed."""
        folder = self.folder / Path(script).stem
        folder.mkdir(exist_ok=True)
        made = Program(
            script, self.python(peer), environment=self.environment(peer), folder=folder, log=folder / "program.log"
        )
        self._programs.append(made)
        return made

    def subject(
        self,
        name: str,
        script: str,
        peer: str,
        do: str = "measure",
        *,
        deadline_s: float = 300,
        most: Optional[int] = None,
        **arguments: object,
    ) -> Subject:
        """A subject whose measurement is one request to its program; a missing peer is said when it is measured.

        Args:
            deadline_s: for one measurement.
            most: rounds, for one that takes minutes.
        """
        started: List[Program] = []

        def measure() -> Dict[str, float]:
            if not started:
                started.append(self.program(script, peer))
            values: Dict[str, float] = started[0].ask(do, deadline_s=deadline_s, **arguments)
            return values

        return Subject(name, measure, most)

    def our_command(self, *arguments: str) -> List[str]:
        """``trainshed ...`` as installed for our interpreter."""
        return [str(self.options.python.parent / "trainshed"), *arguments]

    def _close_programs(self) -> None:
        while self._programs:
            self._programs.pop().close()

    def stop_our_server(self) -> None:
        """``trainshed server stop``, if there can be a server."""
        if not self.home.exists():
            return
        try:
            subprocess.run(
                self.our_command("server", "stop"),
                env=self.environment(OURS),
                cwd=self.folder,
                capture_output=True,
                timeout=_STOP_DEADLINE_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            print(f"warning: trainshed server stop: {error}", file=sys.stderr)

    def marked(self, part: str = "") -> List[int]:
        """Processes that this session started, directly or not; only those of ``part``, if given."""
        wanted = f"{_MARK}={self.mark}{part and '-' + part}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    variables = (entry / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if any(variable.startswith(wanted) for variable in variables):
                    found.append(int(entry.name))
        return found

    def measure(self, subjects: Sequence[Subject], *, keep_programs: bool = False) -> List[Measured]:
        """Interleave ``subjects`` as the command line says; their programs end with it, or with the session."""
        print(f"{len(subjects)} subjects, {self.options.warm_up} + {self.options.runs} rounds", flush=True)
        try:
            return interleave(subjects, runs=self.options.runs, warm_up=self.options.warm_up, say=_say)
        finally:
            if not keep_programs:
                self._close_programs()

    def report(
        self,
        name: str,
        title: str,
        measured: Sequence[Measured],
        quantities: Sequence[Quantity],
        promises: Sequence[Promise] = (),
        notes: Sequence[str] = (),
    ) -> None:
        """Print the tables and write them to the results folder."""
        warnings = [text for text in (machine.warning(self._busy), too_few_runs(self.options.runs)) if text]
        facts = machine.facts(self.folder, self.options.python)
        report = Report(name, title, facts, quantities, promises, measured, notes, warnings)
        print()
        print(report.markdown())
        for path in report.write(self.options.results):
            print(f"written: {path}", file=sys.stderr)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
