"""``python -m trainshed.node.shim FOLDER``: what an agent does that has no forker."""

import sys

from trainshed.node.shim import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
