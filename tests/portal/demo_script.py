"""Logs one of everything; submitted by the tests of a run's pages."""

import math
import os
import struct
import sys
import zlib
from pathlib import Path

from azureml.core import Run


def table(power):
    """Rows of true and false, positives and negatives, for thresholds from 0 to 1."""
    rows = []
    for step in range(11):
        share = step / 10
        positive, negative = int(100 * (1 - share**power)), int(100 * (1 - share) ** power)
        rows.append([positive, negative, 100 - negative, 100 - positive])
    return rows


def chunk(kind, data):
    """A part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(width, height):
    """A PNG file."""
    rows = b"".join(b"\0" + bytes(c for x in range(width) for c in (x % 256, y % 256, 90)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def document(kind, **data):
    """One of v1's JSON kinds."""
    return {"schema_type": kind, "schema_version": "v1", "data": data}


run = Run.get_context()
Path("outputs/plots").mkdir(parents=True)
print("\x1b[32mINFO\x1b[0m alpha", sys.argv[1:])
for step in range(120):
    run.log("train/loss", math.exp(-step / 40) + 0.05 * math.sin(step))
    run.log("val/loss", math.exp(-step / 35) + 0.1)
    run.log("lr", 0.1 ** (1 + step / 100), step=step * 10)
    if step % 10 == 0:
        print("step %d loss %.4f" % (step, math.exp(-step / 40)))
for done in range(0, 101, 20):
    sys.stdout.write("\r%3d%%|%s|" % (done, "#" * (done // 5)))
print("\n\x1b[33mWARNING\x1b[0m nearly done")
run.log("architecture", "resnet18")
run.log_list("folds", [0.91, 0.93, 0.92])
for number in range(3):
    run.log_row("confusions", predicted=number, actual=number + 1)
run.log_table("by class", {"class": ["cat", "dog"], "precision": [0.91, 0.88]})
labels = ["cat", "dog"]
run.log_confusion_matrix("confusion", document("confusion_matrix", class_labels=labels, matrix=[[50, 3], [4, 60]]))
thresholds = [step / 10 for step in range(11)]
run.log_accuracy_table(
    "accuracy table",
    document(
        "accuracy_table",
        probability_tables=[table(3), table(2)],
        percentile_tables=[table(3), table(2)],
        probability_thresholds=thresholds,
        percentile_thresholds=thresholds,
        class_labels=labels,
    ),
)
run.log_residuals("residuals", document("residuals", bin_edges=[-1, 0, 1], bin_counts=[1, 20, 30, 2]))
run.log_predictions(
    "predictions",
    document("predictions", bin_averages=[0.2, 0.7], bin_errors=[0.1, 0.1], bin_counts=[5, 3], bin_edges=[0, 0.5, 1]),
)
with open("outputs/plots/surface.png", "wb") as file:
    file.write(picture(200, 120))
run.log_image("surface", path="outputs/plots/surface.png")
with open("outputs/model.bin", "wb") as file:
    file.write(os.urandom(5000))
with open("outputs/numbers.json", "w") as file:
    file.write('{"loss": 0.1, "classes": ["cat", "dog"]}')
with open("outputs/predictions.csv", "w") as file:
    file.write("id,class\n" + "".join("%d,cat\n" % number for number in range(20)))
run.tag("stage", "demo")
with run.child_run("fold 1") as child:
    child.log("loss", 0.3)
sys.exit(int(sys.argv[-1]))
