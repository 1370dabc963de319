"""The shell: a cell's outputs are a notebook's outputs, bounded."""

import json
import subprocess
import sys

from tests.support.notebooks import judged, shown
from utils.grading.protocol.shell import Outputs

DOUBLE = "def f(x):\n    return 2 * x"
HIDDEN = "assert f(2) == 4"


def test_outputs_are_a_notebooks_outputs() -> None:
    cell = """
from IPython.display import HTML, display
print('printed')
display(HTML('<b>bold</b>'))
f = lambda x: 2 * x
6 * 7
"""
    outputs = json.loads(shown(judged(DOUBLE, HIDDEN, cell), "exercise"))
    assert [output["output_type"] for output in outputs] == ["stream", "display_data", "execute_result"]
    assert outputs[2]["data"]["text/plain"] == ["42"] or outputs[2]["data"]["text/plain"] == "42"
    picture = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    assert "image/png" in shown(judged(DOUBLE, HIDDEN, f"{DOUBLE}\n{picture}"), "exercise")
    assert "ZeroDivisionError" in shown(judged(DOUBLE, HIDDEN, "1 / 0"), "exercise")


def test_pieces_of_a_stream_are_joined() -> None:
    outputs = Outputs(100)
    for text in ("a", "b"):
        outputs.stream("stdout", text)
    outputs.stream("stderr", "c")
    assert [(item["name"], item["text"]) for item in outputs.finished()] == [("stdout", "ab"), ("stderr", "c")]


def test_a_flood_is_cut_and_an_error_after_it_is_kept() -> None:
    outputs = Outputs(1024)
    for _ in range(3):
        outputs.stream("stdout", "a" * 1000)
    outputs.data("display_data", {"image/png": b"b" * 2000}, {})
    outputs.error("ValueError", "late", ["Traceback", "ValueError: late"])
    items = outputs.finished()
    assert sum(len(item["text"]) for item in items if item.get("name") == "stdout") == 1024
    assert [item["text"] for item in items if item.get("name") == "stderr"] == [
        "\n[The output of this cell was cut at 1 KiB.]\n"
    ]
    assert items[-1]["ename"] == "ValueError"
    assert all("image/png" not in item.get("data", {}) for item in items)


def test_clearing_waits_for_the_next_output_if_asked_to() -> None:
    outputs = Outputs(100)
    outputs.stream("stdout", "old")
    outputs.clear(wait=True)
    assert outputs.finished() != []
    outputs.stream("stdout", "new")
    assert [item["text"] for item in outputs.finished()] == ["new"]
    outputs.clear()
    assert outputs.finished() == []


def test_cells_run_as_in_a_notebook() -> None:
    # In a process of its own: there is one shell per process, and it takes the standard streams.
    script = """
import sys
stdout = sys.stdout
from utils.grading.protocol.shell import make_shell
shell = make_shell()
result, outputs = shell.run("print(1)\\n%time\\n6 * 7", 2**16)
print(outputs[0]["text"].splitlines()[0], outputs[-1]["data"]["text/plain"], result.execution_count, file=stdout)
result, outputs = shell.run("input()", 2**16)
print(type(result.error_in_exec).__name__, outputs[-1]["ename"], file=stdout)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines() == ["1 42 1", "StdinNotImplementedError StdinNotImplementedError"]
