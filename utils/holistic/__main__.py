"""``python -m utils.holistic``: run the grid and write its table."""

import sys

from utils.holistic.grid import main

if __name__ == "__main__":
    sys.exit(main())
