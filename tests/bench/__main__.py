"""``make bench``: every measurement against a peer, in one run, as ratios.

A module of this folder measures one thing and prints it from its ``main()``. Name modules to run only those:
``python -m tests.bench grading``.
"""

import importlib
import pkgutil
import sys

import tests.bench

names = sys.argv[1:] or sorted(
    found.name for found in pkgutil.iter_modules(tests.bench.__path__) if found.name != "__main__"
)
for name in names:
    print(f"\n== {name} ==", flush=True)
    importlib.import_module(f"tests.bench.{name}").main()
