"""A training script that keeps its own ledger, and the comparison of that ledger with what a run shows afterwards.

The ledger is a file outside the run's folder. A line is written to it after the deed: after `run.log` returned, after
a printed line was flushed, after a file was closed. So all that it names must be found, each once; and what a killed
script did between a deed and its line may be found too, once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterable, List, Sequence

#: Arguments: ledger, points, lines, files, rounds, seconds a round takes at least, file that means "go on".
SCRIPT = """
import hashlib, os, sys, time
from azureml.core import Run

ledger_path, points, lines, files, rounds, round_s, go = sys.argv[1:8]
points, lines, files, rounds, round_s = int(points), int(lines), int(files), int(rounds), float(round_s)
ledger = os.open(ledger_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
run = Run.get_context()


def noted(text):
    os.write(ledger, text.encode() + b"\\n")


def share(total, number):
    return range(total * number // rounds, total * (number + 1) // rounds)


def log(i):
    run.log("point", i)
    noted("point %d" % i)


def tell(i):
    print("line %d %s" % (i, "x" * (i % 97)), flush=True)
    noted("line %d" % i)


def store(i):
    data = hashlib.sha256(b"%d" % i).digest() * (1 + i * 131 % 4000)
    with open("outputs/file%04d.bin" % i, "wb") as file:
        half = len(data) // 2
        file.write(data[:half])
        file.write(data[half:])
    noted("file %d %s" % (i, hashlib.sha256(data).hexdigest()))


noted("start")
for number in range(rounds):
    end = time.monotonic() + round_s
    for i in share(points, number):
        log(i)
    for i in share(lines, number):
        tell(i)
    for i in share(files, number):
        store(i)
    os.fsync(ledger)
    time.sleep(max(0.0, end - time.monotonic()))
while go != "-" and not os.path.exists(go):
    time.sleep(0.02)
noted("end")
os.fsync(ledger)
"""


@dataclass
class Account:
    """What was done, or found: numbers of points and lines in their order, the files' numbers with their sha256."""

    points: List[int] = field(default_factory=list)
    lines: List[int] = field(default_factory=list)
    files: Dict[int, str] = field(default_factory=dict)
    started: bool = False
    ended: bool = False


def read_ledger(path: Path) -> Account:
    """What the script noted down. A last line without its break was never written."""
    account = Account()
    text = path.read_text() if path.exists() else ""
    for line in text[: text.rfind("\n") + 1].splitlines():
        word, *rest = line.split()
        if word == "point":
            account.points.append(int(rest[0]))
        elif word == "line":
            account.lines.append(int(rest[0]))
        elif word == "file":
            account.files[int(rest[0])] = rest[1]
        else:
            account.started, account.ended = True, account.ended or word == "end"
    return account


def found_in(metrics: Sequence[int], log: str, files: Dict[str, bytes]) -> Account:
    """What a reader of the run finds: its metric `point`, its driver log, its files by name."""
    lines = [line.split() for line in log.splitlines() if line.startswith("line ")]
    return Account(
        points=[int(value) for value in metrics],
        lines=[int(words[1]) for words in lines if _is_whole(words)],
        files={_number(name): hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )


def _is_whole(words: Sequence[str]) -> bool:
    """A killed script may have left half a line; its text is the proof that it is whole."""
    if len(words) < 2 or not words[1].isdigit():
        return False
    return "".join(words[2:]) == "x" * (int(words[1]) % 97)


def _number(name: str) -> int:
    return int(name.rpartition("/")[2][len("file") : -len(".bin")])


def faults(noted: Account, found: Account) -> List[str]:
    """Each thing that is wrong, in words; empty when all that was noted is there, once, and nothing else but what the
    script may have done before it could note it.
    """
    return [
        *_faults_of("point", noted.points, found.points),
        *_faults_of("line", noted.lines, found.lines),
        *(f"file {i} has other bytes" for i, sha in noted.files.items() if found.files.get(i, sha) != sha),
        *(f"file {i} is lost" for i in noted.files if i not in found.files),
        *(f"file {i} was never begun" for i in found.files if i > max(noted.files, default=-1) + 1),
    ]


def _faults_of(what: str, noted: List[int], found: List[int]) -> List[str]:
    twice = [number for number, count in Counter(found).items() if count > 1]
    lost = sorted(set(noted) - set(found))
    strange = sorted(set(found) - set(noted) - {len(noted)})
    return [
        *([f"{len(lost)} {what}s lost, such as {_few(lost)}"] if lost else []),
        *([f"{len(twice)} {what}s found more than once, such as {_few(twice)}"] if twice else []),
        *([f"{len(strange)} {what}s that nobody made, such as {_few(strange)}"] if strange else []),
        *([f"{what}s out of order"] if found != sorted(found) else []),
    ]


def _few(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in list(numbers)[:5])
