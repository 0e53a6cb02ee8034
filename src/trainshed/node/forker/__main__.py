"""``python -m trainshed.node.forker HOME RUNTIME``."""

import sys

from trainshed.node.forker import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
