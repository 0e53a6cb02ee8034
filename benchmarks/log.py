"""Logging: what a call costs the script, points per second until they are durable, and how late a reader sees them.

Two rounds of measurements: many points at once, then single points and lines of a script that is running.
"""

from __future__ import annotations

from measuring.peers import BARE
from measuring.report import OURS, Promise, Quantity
from measuring.session import Session

FLOOR = "bare write"
QUANTITIES = (
    Quantity("per_call", "one call in the script", "us", FLOOR, digits=2),
    Quantity("rate", "from script to durable", "points/s", FLOOR, digits=0, more_is_better=True),
)
SEEN_FLOOR = "pipe from a child"
SEEN_QUANTITIES = (
    Quantity("point", "until a reader has the point", "ms", SEEN_FLOOR, digits=2),
    Quantity("line", "until a follower has the line", "ms", SEEN_FLOOR, digits=2),
)
PROMISES = (Promise("per_call", 4), Promise("rate", 200_000))
SEEN_PROMISES = (Promise("point", 150), Promise("line", 30))
NOTES = (
    "bare write: os.write of one formatted line for each point; durable: fsync, parsed, one row of doubles in SQLite.",
    "Peers log fewer points, as many as take them about as long; their cost for a point does not fall with the number.",
    "mlflow: SQLite, its default; durable when a call (log_batch: 1,000 points) returns.",
    "tensorboardX: a queue long enough for all points; durable when the event file is closed.",
    "The script's per-call time is the mean over all its points, with the agent and the server working beside it.",
)
SEEN_NOTES = (
    "Readers ask again 2 ms after each answer; submitit's log file is read every 10 ms. mlflow has no log of lines.",
    "tensorboardX shows points to readers at its next flush (120 s by default): not measured.",
)


def main() -> None:
    """Measure and report twice: ``log`` and ``log_seen``."""
    with Session.from_command_line(__doc__) as session:
        scale = 100 if session.options.quick else 1
        subjects = [
            session.subject(FLOOR, "bare_log.py", BARE, points=200_000 // scale),
            session.subject(OURS, "trainshed_log.py", OURS, points=200_000 // scale),
            session.subject(
                "mlflow log_metric", "mlflow_log.py", "mlflow", do="one_by_one", points=max(300 // scale, 20)
            ),
            session.subject("mlflow asynchronous", "mlflow_log.py", "mlflow", do="asynchronous", points=2_000 // scale),
            session.subject(
                "mlflow log_batch", "mlflow_log.py", "mlflow", do="batches", points=max(20_000 // scale, 1000)
            ),
            session.subject("tensorboardX", "tensorboardx_log.py", "tensorboardx", points=20_000 // scale),
        ]
        session.report("log", "Logging", session.measure(subjects), QUANTITIES, PROMISES, NOTES)
        subjects = [
            session.subject(SEEN_FLOOR, "bare_log.py", BARE, do="seen"),
            session.subject(OURS, "trainshed_log.py", OURS, do="seen"),
            session.subject("mlflow", "mlflow_log.py", "mlflow", do="seen"),
            session.subject("submitit", "submitit_line.py", "submitit", do="seen"),
        ]
        measured = session.measure(subjects)
        session.report("log_seen", "Seen live", measured, SEEN_QUANTITIES, SEEN_PROMISES, SEEN_NOTES)


if __name__ == "__main__":
    main()
