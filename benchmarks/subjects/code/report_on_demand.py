"""Submitted: for each line of a named pipe logs a point or prints a line, with the time as its value."""

import sys
import time

from azureml.core import Run

run = Run.get_context()
with open(sys.argv[1]) as orders:
    for order in orders:
        if order.strip() == "point":
            run.log("tick", float(time.time_ns()))
        else:
            print(f"tick {time.time_ns()}", flush=True)
