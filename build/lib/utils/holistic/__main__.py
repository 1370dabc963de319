"""An alias of ``python -m utils.holistic.study``: the command that the shipped ``table.json`` names."""

import sys

from utils.holistic.study import main

if __name__ == "__main__":
    sys.exit(main())
