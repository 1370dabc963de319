"""The answer bank: right answers, plausible mistakes, and what the assignments' checks make of them.

`tests/answers/<topic>/<exercise>.py` holds one graded exercise each: an `EXERCISE` and its answers. To add a topic, add
a folder of such modules; the tests, the table and the demonstration class find them by themselves.
"""
