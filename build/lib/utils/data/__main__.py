"""``python -m utils.data`` fetches every asset that the cache does not contain yet.

``python -m utils.data gemma3-270m --accept-terms`` fetches an optional one, which comes under terms of its own.
"""

import argparse
import sys

from utils.data.assets import ASSETS, AssetError, asset_path, fetch_all

parser = argparse.ArgumentParser("python -m utils.data", description="Fetch the files that the course needs, once.")
parser.add_argument("names", nargs="*", metavar="name", help=f"only these, of {', '.join(ASSETS)}")
parser.add_argument("--accept-terms", action="store_true", help="agree to the terms of an optional asset")
arguments = parser.parse_args()
if unknown := set(arguments.names) - set(ASSETS):
    parser.error(f"there is no asset {', '.join(sorted(unknown))}; choose from {', '.join(ASSETS)}")
try:
    for name in arguments.names:
        asset_path(name, accept_terms=arguments.accept_terms)
    if not arguments.names:
        fetch_all()
except AssetError as error:
    sys.exit(str(error))
