"""``make bench``: runs every benchmark, each of which compares this package with a peer.

Each module of this folder measures one thing and prints the result in its ``main()``. To run only some of them, give
their names: ``python -m tests.bench grading``.
"""

import importlib
import pkgutil
import sys

import tests.bench

known = sorted(module.name for module in pkgutil.iter_modules(tests.bench.__path__) if module.name != "__main__")
names = sys.argv[1:] or known
if unknown := [name for name in names if name not in known]:
    sys.exit(f"There is no benchmark {unknown[0]}: choose among {', '.join(known)}.")
for name in names:
    print(f"\n== {name} ==", flush=True)
    importlib.import_module(f"tests.bench.{name}").main()
