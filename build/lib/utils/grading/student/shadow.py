"""The shadow: a whole notebook with its checks, run in one process as stock nbgrader would run it.

It runs behind the same walls as any student's process, and after it has received a hidden test it is connected to
nothing but the supervisor, which takes from it one number per check. The student's code may forge that number. A mark
is the smaller of the judge's and the shadow's, so a forged number gains nothing.
"""

import contextlib
import json
import os
import pickle
import signal
from typing import Any, Final

from utils.grading.protocol import modules
from utils.grading.protocol.frames import FrameSocket
from utils.grading.protocol.shell import Shell
from utils.grading.student.server import seed_generators, write_files

_MAX_TASK_BYTES: Final = 2**40
_OUTPUT_BYTES: Final = 2**18
_ALARMS: Final = 3


class Shadow:
    """Runs the cells that the supervisor sends, and sends back the points of each check.

    A task is a dictionary with "files" (content by path), "seed", "seconds" (per cell), and "cells": source, name of
    the check or "", and points that the check is worth. The replies are JSON: `["cell", place]` when a cell begins, and
    `["points", name, points]` when a check has ended.

    Args:
        connection: to the supervisor.
        shell: runs the cells and has the notebook's names.
    """

    def __init__(self, connection: FrameSocket, shell: Shell) -> None:
        self.connection = connection
        self.shell = shell
        self.process = os.getpid()
        self.alarms = 0

    def serve(self) -> None:
        """Run one task."""
        signal.signal(signal.SIGALRM, self.ring)
        task = pickle.loads(self.connection.receive(_MAX_TASK_BYTES))
        write_files(task["files"])
        # Once, as a notebook has one stream of random numbers from top to bottom.
        seed_generators(task["seed"])
        for place, (source, grade_id, points) in enumerate(task["cells"]):
            self.reply("cell", place)
            score = self.run(source, points, task["seconds"])
            if grade_id:
                self.reply("points", grade_id, score)

    def run(self, source: str, points: float, seconds: float) -> float:
        """Run one cell, and score it as nbgrader scores a check."""
        modules.refresh()
        self.alarms = 0
        signal.setitimer(signal.ITIMER_REAL, seconds, 1)
        try:
            result, outputs = self.shell.run(source, _OUTPUT_BYTES)
        # An alarm may ring between two lines of the shell; code may raise anything.
        except BaseException:
            return 0.0
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return score_of(result.success and not self.alarms, outputs, points)

    def ring(self, *_: object) -> None:
        """Handle SIGALRM: stop a cell whose time is over, and one that catches this twice more."""
        self.alarms += 1
        if self.alarms <= _ALARMS:
            raise KeyboardInterrupt

    def reply(self, *message: object) -> None:
        """Send one message to the supervisor, unless this is a fork that the student's code has made."""
        if os.getpid() != self.process:
            os._exit(0)
        self.connection.send(json.dumps(message).encode())


def score_of(success: bool, outputs: list[dict[str, Any]], points: float) -> float:
    """The points that nbgrader gives a check for its outputs (`nbgrader.utils.determine_grade`, nbgrader 0.9).

    An error gives no points. A number as the value of the last expression is the score, up to `points`; anything else
    gives full points. Text on the standard error stream, for which nbgrader takes all points, costs nothing here: a
    warning is no mistake.

    Example:
        >>> score_of(True, [], 2), score_of(False, [], 2)
        (2, 0.0)
        >>> score_of(True, [{"output_type": "execute_result", "data": {"text/plain": "1.5"}}], 2)
        1.5
    """
    if not success:
        return 0.0
    for output in outputs:
        if output["output_type"] == "execute_result":
            with contextlib.suppress(ValueError):
                value = float(output["data"].get("text/plain", ""))
                # A comparison with NaN is false.
                return min(value, points) if value > 0 else 0.0
    return points
