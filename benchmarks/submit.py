"""Submit: from the call to the script's first line, and to the end known by the submitter.

A folder of 200 files in git, on this computer; ours in an environment that Trainshed built in the uncounted rounds,
and in one of the user's. The script's first statement writes the time. Clients stay warm, except where a subject is a
command: there a new process starts each time (our server already runs).
"""

from __future__ import annotations

from measuring.folders import code_folder
from measuring.interleave import Subject
from measuring.peers import BARE
from measuring.report import OURS, Promise, Quantity
from measuring.session import Session

FILE_COUNT = 200
FLOOR = "bare python"
USERS = "trainshed, user-managed"
COMMAND = "trainshed run (command)"
QUANTITIES = (
    Quantity("first_line", "to the script's first line", "ms", FLOOR),
    Quantity("done", "to the end known by the submitter", "ms", FLOOR),
    Quantity("returned", "until submit returns", "ms"),
)
PROMISES = (
    Promise("first_line", 15, over_floor=True),
    Promise("done", 30, over_floor=True),
    Promise("done", 200, over_floor=True, subject=COMMAND),
)
NOTES = (
    "bare python is an environment without packages; `our python` is the interpreter that our runs use, on its own.",
    "submitit runs the script inside its own job process and records no run; MLflow keeps its runs in SQLite.",
)


def main() -> None:
    """Measure and report."""
    with Session.from_command_line(__doc__) as session:
        folder = code_folder(session.folder / "code", file_count=FILE_COUNT, in_git=True)
        given = {"folder": str(folder), "stamp": str(session.folder / "stamp")}

        def command(name: str, peer: str, words: list[str]) -> Subject:
            return session.subject(name, "bare_submit.py", peer, command=words, **given)

        subjects = [
            command(FLOOR, BARE, ["python", "train.py"]),
            command("our python", OURS, ["python", "train.py"]),
            session.subject(OURS, "trainshed_submit.py", OURS, built=True, **given),
            session.subject(USERS, "trainshed_submit.py", OURS, built=False, **given),
            command(COMMAND, OURS, session.our_command("run", "train.py", "--")),
            session.subject("mlflow.projects.run", "mlflow_submit.py", "mlflow", **given),
            session.subject("submitit", "submitit_submit.py", "submitit", **given),
            session.subject("mlflow run (command)", "mlflow_command.py", "mlflow", **given),
        ]
        session.report("submit", "Submit", session.measure(subjects), QUANTITIES, PROMISES, NOTES)


if __name__ == "__main__":
    main()
