"""The exceptions of this package whose messages are written for users.

Each message is one sentence or two: what was given, what is needed, what to do. A command prints it and ends, without a
traceback. In brackets: the built-in class that an exception also derives from, so that code which knows only that class
catches it too::

    WhichIsBetterError
    ├── utils.data.assets.AssetError (RuntimeError)            a file could not be obtained
    ├── utils.dask_client.SchedulerUnreachable (ConnectionError)  nothing answers at the scheduler's address
    ├── utils.holistic.NotApplicable                           an adaptation does not apply to a model
    ├── utils.preferences.NoFiniteRanking (ValueError)         these comparisons determine no ranking
    └── utils.grading
        ├── course.course.CourseError                          a course cannot be graded as it stands
        ├── course.workers.ClusterLost (ConnectionError)       the Dask scheduler ended during a run
        └── sandbox.walls.SandboxError (RuntimeError)          no sandbox can be created on this machine

A wrong argument raises ``ValueError`` or ``KeyError`` with a message of the same form.
"""


class WhichIsBetterError(Exception):
    """The base of the exceptions above: catch it to catch them all."""
