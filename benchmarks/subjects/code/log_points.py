"""Submitted: logs many points, then waits until they are durable. Arguments: number of points, file for the times."""

import json
import sys
import time

from azureml.core import Run

count, report = int(sys.argv[1]), sys.argv[2]
run = Run.get_context()
log = run.log
run.log("first", 0.0)
begun = time.perf_counter()
for index in range(count):
    log("loss", index * 0.001)
logged = time.perf_counter()
run.flush(timeout_seconds=120)
durable = time.perf_counter()
with open(report, "w") as file:
    json.dump({"logged_s": logged - begun, "durable_s": durable - begun}, file)
