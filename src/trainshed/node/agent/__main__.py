"""``python -m trainshed.node.agent FOLDER``: an agent without a forker."""

import sys

from trainshed.node.agent import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
