"""``python -m utils.data`` fetches every asset that the cache does not hold yet."""

import sys

from utils.data.assets import AssetError, fetch_all

try:
    fetch_all()
except AssetError as problem:
    sys.exit(str(problem))
