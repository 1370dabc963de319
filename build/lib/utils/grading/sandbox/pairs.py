"""The fork servers of this process, in pairs: one forks students' processes inside a wall, the other forks judges."""

import threading
from collections.abc import Sequence

from utils.grading.sandbox.fork_server import ForkServer, ForkServerError
from utils.grading.sandbox.walls import Wall


class Pair:
    """Two fork servers, which import the same modules at the same time."""

    def __init__(self, wall: Wall) -> None:
        self.students = ForkServer("student", wall)
        self.judges = ForkServer("judge", wall)

    @property
    def servers(self) -> tuple[ForkServer, ForkServer]:
        """Both."""
        return self.students, self.judges

    def alive(self) -> bool:
        """Whether both still run."""
        return all(server.alive() for server in self.servers)

    def preload(self, modules: Sequence[str], wait: bool = True) -> None:
        """Import modules in both at the same time; without ``wait``, only begin to."""
        for server in self.servers:
            server.preload(modules)
        for server in self.servers:
            if wait:
                server.wait()


class ForkServers:
    """The pairs of this process: one per kind of wall, and retired ones that other threads may still use.

    Attributes:
        lock: held by a thread that uses a pair's servers.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._pairs: dict[Wall, Pair] = {}
        self._retired: list[Pair] = []
        self._interrupted = False

    def pair(self, wall: Wall) -> Pair:
        """The pair for a wall, new if there is none or one of the two has died. Call it with the lock held.

        Raises:
            ForkServerError: the work of this process was interrupted.
        """
        pair = self._pairs.get(wall)
        if pair is None or not pair.alive():
            self.retire(wall)
            pair = self._pairs[wall] = Pair(wall)
        if self._interrupted:
            raise ForkServerError("The grading of this process was interrupted.")
        return pair

    def warm(self, wall: Wall, modules: Sequence[str], wait: bool = True) -> None:
        """Start the pair for a wall, and import modules in it; without ``wait``, only begin to."""
        with self.lock:
            self.pair(wall).preload(modules, wait)

    def retire(self, wall: Wall) -> None:
        """Give the next caller of `pair` a new one."""
        with self.lock:
            if pair := self._pairs.pop(wall, None):
                self._retired.append(pair)

    def interrupt(self) -> None:
        """End the work of other threads: what they ask of the fork servers fails, until `close` is called."""
        # Without the lock, which a thread may hold while it waits for an import.
        self._interrupted = True
        for pair in self._all():
            for server in pair.servers:
                server.interrupt()

    def close(self) -> None:
        """End all fork servers and their forks."""
        # First without the lock, which a thread may hold while it waits for an import.
        self.interrupt()
        with self.lock:
            self.interrupt()
            for pair in self._all():
                for server in pair.servers:
                    server.close()
            self._pairs.clear()
            self._retired.clear()
            self._interrupted = False

    def disown(self) -> None:
        """In a fork of this process: the fork servers and their folders belong to the parent."""
        for pair in self._all():
            for server in pair.servers:
                server.control.close()
        self.__init__()  # type: ignore[misc]

    def _all(self) -> list[Pair]:
        return [*self._pairs.values(), *self._retired]
