"""What README shows works as it stands there. (Its first block: tests/acceptance/test_first_snippet.py.)"""

from __future__ import annotations

import subprocess
import sys

from tests.integration.submitting import Desk, write
from tests.support.readme import blocks


def test_the_code_with_an_interpreter_of_ones_own(desk: Desk) -> None:
    _, submits, trains = blocks()
    write(desk.folder / "submit.py", submits)
    write(desk.folder / "proj" / "train.py", trains)
    command = [sys.executable, "submit.py"]
    done = subprocess.run(command, cwd=desk.folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not {"\r", "\x1b"} & set(done.stdout + done.stderr), "no terminal is there"
    assert (desk.folder / "model.pkl").read_bytes() == b"a model"
    assert "{'loss': [0.5, 0.25," in done.stdout and "'outputs/model.pkl'" in done.stdout and "/open/" in done.stdout
