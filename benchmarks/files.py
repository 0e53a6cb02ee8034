"""Files: from the script's end until everything it wrote to ``outputs/`` is stored; snapshots of unchanged folders.

Three rounds of measurements: 1,000 files of 10 KB, one file of 1 GB, and the snapshot of 1,000 files.
"""

from __future__ import annotations

import shutil
from typing import List, Mapping

from measuring.folders import code_folder
from measuring.interleave import Subject
from measuring.peers import BARE
from measuring.programs import Program
from measuring.report import OURS, Promise, Quantity
from measuring.session import Session

FLOOR = "cp -r, sha256 of all"
QUANTITIES = (
    Quantity("first", "new contents", "ms", FLOOR),
    Quantity("again", "the same contents again", "ms", FLOOR),
)
SNAPSHOT_FLOOR = "stat all"
SNAPSHOT_QUANTITIES = (Quantity("snapshot", "1,000 files, unchanged", "ms", SNAPSHOT_FLOOR),)
SMALL_PROMISES = (Promise("first", 400), Promise("again", 400))
LARGE_PROMISES = (Promise("first", 1200), Promise("again", 1200))
SNAPSHOT_PROMISES = (Promise("snapshot", 50),)
NOTES = (
    "Counted from the script's last statement to the known end of keeping: for a run, its being Completed.",
    "Every round writes new contents, then the same once more; before each the disk's queue is emptied (sync).",
    "mlflow local: log_artifacts to a folder of this machine, not hashed; mlflow server: one worker, over HTTP.",
)
SNAPSHOT_NOTES = (
    "trainshed: how much longer submit takes to return for the folder than for one of 2 files.",
    "mlflow keeps no snapshots; its log_artifacts of the folder stands beside.",
)


def main() -> None:
    """Measure and report three times: ``files_small``, ``files_large`` and ``files_snapshot``."""
    with Session.from_command_line(__doc__) as session:
        quick = session.options.quick
        small = {"count": 100 if quick else 1000, "size": 10 * 1024}
        measured = session.measure(keepers(session, small))
        title = f"{small['count']:,} output files of 10 KB"
        session.report("files_small", title, measured, QUANTITIES, () if quick else SMALL_PROMISES, NOTES)
        large = {"count": 1, "size": 2**24 if quick else 2**30}
        measured = session.measure(keepers(session, large))
        title = f"One output file of {large['size'] // 2**20} MiB"
        session.report("files_large", title, measured, QUANTITIES, () if quick else LARGE_PROMISES, NOTES)
        measured = session.measure(snapshots(session))
        session.report("files_snapshot", "Snapshot", measured, SNAPSHOT_QUANTITIES, SNAPSHOT_PROMISES, SNAPSHOT_NOTES)


def keepers(session: Session, job: Mapping[str, int]) -> List[Subject]:
    """All that keep files which a script wrote."""
    return [
        session.subject(FLOOR, "bare_files.py", BARE, do="copy", hashed=True, **job),
        session.subject("cp -r", "bare_files.py", BARE, do="copy", hashed=False, **job),
        in_a_new_home(session, job),
        session.subject("mlflow local", "mlflow_files.py", "mlflow", do="local", **job),
        session.subject("mlflow server", "mlflow_files.py", "mlflow", do="by_server", **job),
    ]


def in_a_new_home(session: Session, job: Mapping[str, int]) -> Subject:
    """Ours, its home emptied each time: 20 rounds of gigabytes would fill the disk. A first run warms it up."""

    def measure() -> Mapping[str, float]:
        program: Program = session.program("trainshed_files.py", OURS)
        try:
            program.ask("outputs", count=1, size=10)
            values: Mapping[str, float] = program.ask("outputs", deadline_s=300, **job)
            return values
        finally:
            program.close()
            session.stop_our_server()
            shutil.rmtree(session.home, ignore_errors=True)

    return Subject(OURS, measure)


def snapshots(session: Session) -> List[Subject]:
    """All that look at a folder of 1,000 files which did not change."""
    many = str(code_folder(session.folder / "many", file_count=1000))
    one = str(code_folder(session.folder / "one", file_count=2))
    stamp = str(session.folder / "stamp")
    return [
        session.subject(SNAPSHOT_FLOOR, "bare_files.py", BARE, do="look", folder=many, hashed=False),
        session.subject("sha256 of all", "bare_files.py", BARE, do="look", folder=many, hashed=True),
        session.subject(OURS, "trainshed_files.py", OURS, do="snapshot", many=many, one=one, stamp=stamp),
        session.subject("mlflow server", "mlflow_files.py", "mlflow", do="upload", folder=many),
    ]


if __name__ == "__main__":
    main()
