"""The answer bank: right answers and plausible mistakes, with which the checks of the assignments are tested.

Each `tests/answers/<topic>/<exercise>.py` contains one graded exercise: an `EXERCISE` and its answers. To add a topic,
add a folder of such modules; the tests, the table and the demonstration class discover them.

- ``bank.py``: how an exercise and its answers are written down and discovered.
- ``runner.py``: grades answers in this process, as nbgrader does.
- ``mutants.py``: small mechanical errors in a reference solution.
- ``report.py``: the table printed at the end of the tests.
- ``demo.py``: writes the demonstration class.
- ``secrets.py``: the lines of an instructor's notebook that students must not see.
"""
