"""Submitted, and run bare: writes files. Arguments: folder, how many, bytes of each, seed, file for the time.

The seed decides the contents: the same seed gives the same files. The last statement writes the time.
"""

import os
import sys
import time

folder, count, size, seed, stamp = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
BLOCK = bytes(range(256)) * 4096
os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - starts in no time
for number in range(count):
    head = (b"%s %d " % (seed.encode(), number)).ljust(64)[:size]
    with open("%s/file_%04d.bin" % (folder, number), "wb") as file:
        file.write(head)
        left = size - len(head)
        while left > 0:
            left -= file.write(BLOCK[:left])
with open(stamp, "w") as file:
    file.write(str(time.time_ns()))
