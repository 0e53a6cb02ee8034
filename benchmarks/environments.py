"""Environments: known, from a lock, and cold (nothing cached), each until the first import of its package is done.

Ours is what an agent does between a request and the interpreter's path, by the very code that does it; uv and pip are
called as a person would, for the same packages and the same Python.
"""

from __future__ import annotations

from measuring.pip_settings import for_uv
from measuring.report import OURS, Promise, Quantity
from measuring.session import Session

UV = "uv"
PIP = "venv + pip"
#: One takes minutes.
PIP_ROUNDS = 2
QUANTITIES = (
    Quantity("known", "known: until the interpreter's path", "ms", UV),
    Quantity("lock", "from a lock, downloads cached: until the interpreter's path", "ms", UV),
    Quantity("lock_import", "... and the first import", "ms", UV),
    Quantity("cold", "cold, over the network: until the first import is done", "ms", UV),
    Quantity("second_import", "cold: the same import in the next run", "ms", UV),
)
PROMISES = (Promise("known", 20), Promise("lock", 500))
NOTES = (
    "known: uv and pip look whether their environment holds what is asked for (`uv pip sync`, `pip install`).",
    "cold is promised to take at most 10 % longer than uv (`uv venv`, `uv pip install`, the import).",
    "next run: ours compiles byte code when the first run has ended; waited for before it is measured.",
    "pip has no lock here: the same versions by name, from its cache.",
    f"venv + pip takes part in {PIP_ROUNDS} rounds only: one takes minutes.",
)


def main() -> None:
    """Measure and report."""
    with Session.from_command_line(__doc__) as session:
        quick = session.options.quick
        job = {"package": "six" if quick else "scikit-learn", "module": "six" if quick else "sklearn.linear_model"}
        settings = for_uv()
        job["settings"] = {"variables": settings.variables, "options": list(settings.options)}
        subjects = [
            session.subject(UV, "uv_environments.py", OURS, **job),
            session.subject(OURS, "trainshed_environments.py", OURS, **job),
            session.subject(PIP, "pip_environments.py", OURS, deadline_s=1200, most=PIP_ROUNDS, **job),
        ]
        title = f"Environments: {job['package']}"
        session.report("environments", title, session.measure(subjects), QUANTITIES, () if quick else PROMISES, NOTES)


if __name__ == "__main__":
    main()
