"""An assignment with a cell of every kind: as the instructor wrote it, as students receive it, and right answers."""

from tests.support import notebooks as nb
from utils.grading import Delimiters
from utils.grading.notebook.solution import released

SOLUTION = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
STUB = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
TESTS = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(21) == 42\n### END HIDDEN TESTS"
SOURCE = nb.notebook(
    nb.given("setup", "import math\nimport numpy.linalg as la"),
    nb.answer("double", SOLUTION),
    nb.check("test-double", TESTS, 2),
    nb.essay("why", "Because.\n### BEGIN SOLUTION\nIt doubles.\n### END SOLUTION", 3),
    nb.task("explore", "Explore.\n=== BEGIN MARK SCHEME ===\nOne point each.\n=== END MARK SCHEME ===", 4),
)
SOLVED = nb.to_bytes(SOURCE)
RELEASE = released(SOURCE, Delimiters())
RIGHT = {"double": "def double(x):\n    return x + x", "why": "Twice is plus."}
