"""Grading measured: its start, throughput against `nbgrader autograde`, a class of 300, and remote calls."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import psutil
from nbformat.v4 import new_code_cell

from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from tests.support.notebooks import answer, check, given, notebook, to_bytes
from utils.grading.course.batch import Batch
from utils.grading.course.course import Course, SubmittedNotebook
from utils.grading.course.gradebook import Writer, read_record
from utils.grading.course.workers import Threads
from utils.grading.feedback.pages import FeedbackPages
from utils.grading.job import Job, Limits
from utils.grading.nbgrader import GradeSubmission
from utils.grading.supervisor import grade

SUBMISSIONS = 20
STARTS = 3
LIBRARIES = "import torch\nimport torchvision\nimport sklearn.cluster\nimport matplotlib.pyplot as plt"
SMALL_CALLS = 2_000
LARGE_CALLS = 50
FLOATS = 1_000 * 784


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        start(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        throughput(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        large_class(Path(folder))
    remote_calls()


def start(folder: Path) -> None:
    """Seconds from the command to the first recorded result, against importing the same libraries and nbgrader once."""
    course = make_course(folder / "course")
    with_libraries(course / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb")
    with_libraries(hand_in(course, "student", SOLUTIONS))
    page = course / "autograded" / "student" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    ours, imports = [], []
    for _ in range(STARTS):
        imports.append(interpreted(f"{LIBRARIES}\nimport nbgrader"))
        shutil.rmtree(course / "autograded", ignore_errors=True)
        (course / "gradebook.db").unlink(missing_ok=True)
        begin = time.perf_counter()
        line = [sys.executable, "-m", "utils.grading", ASSIGNMENT, "--workers", "2", "--no-feedback"]
        with subprocess.Popen(line, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not read_record(page):
                time.sleep(0.02)
            ours.append(time.perf_counter() - begin)
            process.wait()
    mine, theirs = statistics.median(ours), statistics.median(imports)
    print(f"seconds to the first result of a course with these libraries, median of {STARTS}")
    print(f"  python -c 'import' of these       {theirs:6.2f} s")
    print(f"  utils.grading, sandboxed          {mine:6.2f} s")
    print(f"  ratio                             {mine / theirs:6.2f} (wanted: at most 1.5)")


def interpreted(code: str) -> float:
    """Seconds that a new Python takes for some code."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


def throughput(folder: Path) -> None:
    """Seconds per submission that imports the course's libraries, two at a time, against nbgrader one by one."""
    stock = make_course(folder / "stock")
    with_libraries(stock / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb")
    for number in range(SUBMISSIONS):
        with_libraries(hand_in(stock, f"student{number:02}", SOLUTIONS))
    ours = Path(shutil.copytree(stock, folder / "ours"))
    timed(stock, "nbgrader", "generate_assignment", ASSIGNMENT)
    theirs = timed(stock, "nbgrader", "autograde", ASSIGNMENT) / SUBMISSIONS
    mine = timed(ours, "utils.grading", ASSIGNMENT, "--workers", "2", "--no-feedback") / SUBMISSIONS
    print(f"{SUBMISSIONS} submissions that import torch, torchvision, scikit-learn and matplotlib; start included")
    print(f"  nbgrader autograde, one by one    {theirs:6.2f} s per submission")
    print(f"  utils.grading, sandboxed, two     {mine:6.2f} s per submission")
    print(f"  ratio                             {theirs / mine:6.1f} (wanted: at least 12)")


def large_class(folder: Path) -> None:
    """Time per submission and memory of the writer for a class of 300, one in twenty mangled."""
    course_folder = make_course(folder / "course")
    for number in range(300):
        path = hand_in(course_folder, f"student{number:03}", SOLUTIONS)
        if number % 20 == 7:
            path.write_bytes(path.read_bytes()[: 40 * number // 20])
    before = Path.cwd()
    os.chdir(course_folder)
    try:
        course = Course.here()
        with Writer(course) as writer:
            batch = Batch(course, writer, GradeSubmission(parent=course.app).settings())
            everybody = course.submissions(ASSIGNMENT)
            few, _ = run(batch, batch.notebooks(ASSIGNMENT, everybody[:30]))
            many, memory = run(batch, batch.notebooks(ASSIGNMENT, everybody))
            explained = {student for student, _, _ in writer.remarks(everybody)}
            rows = {row.student for row in writer.rows(everybody)}
    finally:
        os.chdir(before)
    print("a class of 300, 15 of them mangled, two workers, feedback included")
    print(f"  students with rows                {len(rows)}")
    print(f"  mangled ones with an explanation  {len(explained)}")
    print(f"  time per submission, 30            {few:6.3f} s")
    print(f"  time per submission, 300           {many:6.3f} s")
    print(f"  ratio                             {many / few:6.2f} (wanted: at most 1.1)")
    print(f"  memory of the writer              {memory[0]:6.0f} MB after 30, {memory[1]:.0f} MB after 300")


def run(batch: Batch, notebooks: list[SubmittedNotebook]) -> tuple[float, tuple[float, float]]:
    """Grade notebooks; seconds per notebook from the fifth to the last, and this process's memory early and late."""
    moments: list[float] = []
    memory: list[float] = []
    process = psutil.Process()
    pages = FeedbackPages(batch.course.app, batch.course.coursedir, batch.writer.gradebook)

    def done(submitted: SubmittedNotebook) -> None:
        pages.render(submitted.submission.student, ASSIGNMENT, [PROBLEM])
        moments.append(time.perf_counter())
        memory.append(process.memory_info().rss / 1e6)

    batch.grade(notebooks, partial(Threads, 2), done)
    # The first few wait for the fork servers to start.
    return (moments[-1] - moments[4]) / (len(moments) - 5), (memory[29], memory[-1])


def remote_calls() -> None:
    """Calls and megabytes per second between judge and student's process, against the same calls in one process."""
    values = np.random.default_rng(0).normal(size=FLOATS)
    small, large = f"for i in range({SMALL_CALLS}):\n    same(i)", f"for _ in range({LARGE_CALLS}):\n    same(values)"
    setup = f"import numpy as np\nvalues = np.random.default_rng(0).normal(size={FLOATS})"
    solution = "def same(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
    source = notebook(given("setup", setup), answer("same", solution), check("small", small), check("large", large))
    submission = notebook(given("setup", setup), answer("same", "def same(x):\n    return x"))
    limits = Limits(cell_seconds=300)
    for _ in range(2):  # the first starts the fork servers
        graded = grade(Job(to_bytes(submission), to_bytes(source), limits))
    verdicts = {cell.grade_id: cell for cell in graded.cells}
    wrong = [cell.message for cell in graded.cells if cell.points != cell.max_score]
    if wrong:
        raise RuntimeError(f"The answer was not graded as right: {wrong}")
    calls = SMALL_CALLS / verdicts["small"].seconds
    megabytes = 2 * LARGE_CALLS * values.nbytes / 1e6 / verdicts["large"].seconds
    namespace: dict[str, object] = {}
    exec("def same(x):\n    return x", namespace)
    direct = SMALL_CALLS / statistics.median(clocked(small, namespace) for _ in range(5))
    copies = (
        2
        * LARGE_CALLS
        * values.nbytes
        / 1e6
        / clocked(f"for _ in range({2 * LARGE_CALLS}):\n    v.copy()", {"v": values})
    )
    print("calls from the judge to the student's process")
    print(f"  calls with a small number         {calls:12,.0f} per second")
    print(f"  the same, a direct call           {direct:12,.0f} per second ({direct / calls:,.0f} times)")
    print(f"  arrays of {FLOATS:,} floats         {megabytes:12,.0f} MB per second, there and back")
    print(f"  the same, copied in memory        {copies:12,.0f} MB per second ({copies / megabytes:,.1f} times)")


def clocked(source: str, namespace: dict[str, object]) -> float:
    """Seconds that a piece of code takes."""
    code = compile(source, "<bench>", "exec")
    begin = time.perf_counter()
    exec(code, namespace)
    return time.perf_counter() - begin


def timed(folder: Path, module: str, *arguments: str) -> float:
    """Seconds that a command takes; it has to succeed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - begin


def with_libraries(path: Path) -> None:
    """Let a notebook begin by importing the libraries."""
    content = nbformat.read(path, as_version=4)
    content.cells.insert(1, new_code_cell(LIBRARIES, id="libraries"))
    nbformat.write(content, path)
