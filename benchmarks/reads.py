"""Reading: lists of 100,000 runs, charts of 1 and 10 million points, a whole history in Python, a log of 1 GB.

Three rounds of measurements with the same servers, which are filled once before them.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping

from measuring.interleave import NotMeasured, Subject
from measuring.peers import BARE
from measuring.programs import Program
from measuring.report import OURS, Promise, Quantity
from measuring.servers import ForeignServer, mlflow_server
from measuring.session import Session

FLOOR = "SQLite and a file, bare"
MLFLOW = "mlflow server, 1 worker"
REQUESTS_S = 1.0
_FILL_DEADLINE_S = 1800

LISTS = (
    Quantity("newest", "newest 100", "ms", FLOOR, digits=2),
    Quantity("status", "by status", "ms", FLOOR, digits=2),
    Quantity("experiment", "by experiment", "ms", FLOOR, digits=2),
    Quantity("tag", "by tag", "ms", digits=2),
    Quantity("target", "by compute target", "ms", digits=2),
    Quantity("time", "made before a time, the oldest tenth", "ms", digits=2),
    Quantity("all_at_once", "by status, experiment, target and time", "ms", digits=2),
    Quantity("page", "the portal's page of the newest", "ms", digits=1),
    Quantity("rate", "get-run, one client, connection kept", "per s", digits=0, more_is_better=True),
)
CHARTS = (
    Quantity("chart_m1", "chart of all 1 M points", "ms"),
    Quantity("zoom_m1", "chart of a hundredth of them", "ms"),
    Quantity("chart_m10", "chart of all 10 M points", "ms"),
    Quantity("zoom_m10", "chart of a hundredth of them", "ms"),
    Quantity("history", "whole history of 1 M points into Python", "ms", FLOOR),
)
LOGS = (
    Quantity("tail", "page of its end", "ms", FLOOR, digits=2),
    Quantity("middle", "page of its middle", "ms", FLOOR, digits=2),
    Quantity("search", "page with what a search of all of it finds", "ms", FLOOR, digits=0),
)
LIST_PROMISES = (Promise("newest", 10), Promise("rate", 2000))
CHART_PROMISES = (Promise("chart_m1", 20), Promise("chart_m10", 50), Promise("history", 200))
LIST_NOTES = (
    "From the request until the whole answer is there, over a connection that is kept; trainshed: its REST interface.",
    "The floor reads 100 rows of 10 values along an index in its own process.",
)
CHART_NOTES = (
    "Charts as the run's page asks for them, 1,000 pixels wide; mlflow's has at most 320 points.",
    "History: run.get_metrics(), and MlflowClient.get_metric_history().",
    "The floor reads one column of doubles in its own process.",
)
LOG_NOTES = (
    "The portal's pages, whole; the search as JSON. Capital letters count only for the floor: one mmap and find.",
    "The floor of pages: one pread of 64 KiB.",
)


class Reading:
    """The full servers, each filled when it is first measured."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._programs: Dict[str, Program] = {}
        self._reasons: Dict[str, str] = {}
        self._servers: List[ForeignServer] = []
        scale = 100 if session.options.quick else 1
        self.runs, self.mlflow_runs, self.mlflow_history = 100_000 // scale, 1000 // scale, 20_000 // scale
        self.points = {"m1": 1_000_000 // scale, "m10": 10_000_000 // scale}
        self.log_bytes = 2**30 // scale

    def subject(self, name: str, do: str, **arguments: Any) -> Subject:
        """One of the three, asked for ``do``."""
        starts: Dict[str, Callable[[], Program]] = {FLOOR: self._floor, OURS: self._ours, MLFLOW: self._mlflow}

        def measure() -> Mapping[str, float]:
            if name in self._reasons:
                raise NotMeasured(self._reasons[name])
            if name not in self._programs:
                try:
                    self._programs[name] = starts[name]()
                except NotMeasured as error:
                    self._reasons[name] = str(error)
                    raise
            values: Mapping[str, float] = self._programs[name].ask(do, deadline_s=300, **arguments)
            return values

        return Subject(name, measure)

    def stop(self) -> None:
        """End the foreign server; the session ends ours."""
        for server in self._servers:
            server.stop()

    def _floor(self) -> Program:
        program = self._session.program("bare_reads.py", BARE)
        self._fill(program, runs=self.runs, points=self.points["m1"], log_bytes=self.log_bytes)
        return program

    def _ours(self) -> Program:
        program = self._session.program("trainshed_reads.py", OURS)
        self._fill(program, runs=self.runs, points=self.points, log_bytes=self.log_bytes)
        return program

    def _mlflow(self) -> Program:
        server = mlflow_server(self._session)
        self._servers.append(server)
        server.start()
        program = self._session.program("mlflow_reads.py", "mlflow")
        database = str(self._session.folder / "mlflow-server.db")
        self._fill(
            program,
            address=server.address,
            database=database,
            runs=self.mlflow_runs,
            points=self.points["m1"],
            history=self.mlflow_history,
        )
        return program

    def _fill(self, program: Program, **arguments: Any) -> None:
        print("  filling ...", flush=True)
        program.ask("prepare", deadline_s=_FILL_DEADLINE_S, **arguments)


def main() -> None:
    """Measure and report three times: ``reads_lists``, ``reads_charts`` and ``reads_logs``."""
    with Session.from_command_line(__doc__) as session:
        reading = Reading(session)
        quick = session.options.quick
        scaled = f"mlflow holds {reading.mlflow_runs:,} runs, put into its tables."
        names = (FLOOR, OURS, MLFLOW)
        try:
            measured = session.measure(
                [
                    reading.subject(FLOOR, "lists"),
                    reading.subject(OURS, "lists", seconds=REQUESTS_S),
                    reading.subject(MLFLOW, "lists", seconds=REQUESTS_S),
                ],
                keep_programs=True,
            )
            notes = (*LIST_NOTES, scaled)
            session.report(
                "reads_lists", f"Lists of {reading.runs:,} runs", measured, LISTS, () if quick else LIST_PROMISES, notes
            )
            measured = session.measure([reading.subject(name, "charts") for name in names], keep_programs=True)
            notes = (*CHART_NOTES, f"mlflow's history is one of {reading.mlflow_history:,} points, a fiftieth.")
            session.report("reads_charts", "Metrics", measured, CHARTS, () if quick else CHART_PROMISES, notes)
            measured = session.measure([reading.subject(name, "logs") for name in (FLOOR, OURS)], keep_programs=True)
            title = f"A log of {reading.log_bytes // 2**20:,} MiB"
            session.report("reads_logs", title, measured, LOGS, (), LOG_NOTES)
        finally:
            reading.stop()


if __name__ == "__main__":
    main()
