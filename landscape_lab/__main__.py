"""`python -m landscape_lab` is the command `landscape-lab`."""

import sys

from landscape_lab.command import main

if __name__ == "__main__":
    sys.exit(main())
