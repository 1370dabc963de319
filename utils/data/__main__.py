"""``python -m utils.data`` fetches every asset that the cache does not hold yet, and converts the language model.

``python -m utils.data gemma3-270m --accept-terms`` fetches an optional one, which comes under terms of its own.
"""

import argparse
import sys

from utils.data.assets import ASSETS, AssetError, asset_path, fetch_all
from utils.data.language_models import LANGUAGE_MODELS, language_model_path

parser = argparse.ArgumentParser("python -m utils.data", description="Fetch what the course needs, once.")
parser.add_argument("names", nargs="*", metavar="name", help=f"only these, of {', '.join(ASSETS)}")
parser.add_argument("--accept-terms", action="store_true", help="that you agree to the terms of an optional one")
asked = parser.parse_args()
if unknown := set(asked.names) - set(ASSETS):
    parser.error(f"there is no asset {', '.join(sorted(unknown))}; choose from {', '.join(ASSETS)}")
try:
    for name in asked.names:
        asset_path(name, accept_terms=asked.accept_terms)
    if not asked.names:
        fetch_all()
    for name in asked.names or [name for name in LANGUAGE_MODELS if not ASSETS[name].terms]:
        if name in LANGUAGE_MODELS:
            language_model_path(name)
except AssetError as problem:
    sys.exit(str(problem))
