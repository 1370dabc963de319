"""A bank of wrong answers, from which the mistakes of students are recognised: Python files that are read, never run.

Every ``.py`` file in the folder, at any depth, that has an `Exercise` and functions decorated with its ``wrong``:

    EXERCISE = Exercise(assignment="ps1", notebook="numbers", read="the chapter on averages")

    @EXERCISE.wrong("mean")
    def divides_by_one_less(values):
        '''Divides by n - 1, as for a variance.'''
        return sum(values) / (len(values) - 1)

The argument of ``wrong`` is the name that nbgrader gives the solution cell; the function takes that name, too, when it
is put there. With ``wrong("cell", body=True)``, the cell is what stands in the function below its docstring. The first
paragraph of the docstring is what a student with this mistake reads: say what the answer does and what it mistakes, in
the third person, and name no input or result of a hidden test.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 2**20


@dataclass(frozen=True)
class WrongAnswer:
    """One wrong answer of a bank.

    Attributes:
        assignment: the name of the assignment.
        notebook: the name of the notebook.
        cell: nbgrader's name of the solution cell.
        name: of the mistake.
        sentence: what the answer does and mistakes, in one paragraph.
        source: of the cell.
        read: where to read on, or an empty text.
    """

    assignment: str
    notebook: str
    cell: str
    name: str
    sentence: str
    source: str
    read: str = ""


def read_answers(folder: Path) -> list[WrongAnswer]:
    """The wrong answers in a folder, in alphabetical order of their files; files of other kinds are skipped."""
    answers = []
    for path in sorted(folder.rglob("*.py")):
        if path.stat().st_size < _MAX_BYTES:
            try:
                answers += list(_answers(path.read_text(encoding="utf-8")))
            # A file that cannot be parsed is no part of a bank.
            except (SyntaxError, ValueError):
                continue
    return answers


def _answers(text: str) -> Iterator[WrongAnswer]:
    tree = ast.parse(text)
    exercises: dict[str, dict[str, str]] = {}
    decorators: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for name, value in _assigned(node):
                if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Exercise":
                    exercises[name] = _texts(value)
                else:
                    decorators[name] = value
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
            decorator = node.decorator_list[0]
            if isinstance(decorator, ast.Name):
                decorator = decorators.get(decorator.id, decorator)
            if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)):
                continue
            owner, sentence = decorator.func.value, ast.get_docstring(node)
            exercise = exercises.get(owner.id) if isinstance(owner, ast.Name) else None
            if decorator.func.attr != "wrong" or not exercise or not sentence or not decorator.args:
                continue
            cell = ast.literal_eval(decorator.args[0])
            whole = any(keyword.arg == "body" for keyword in decorator.keywords)
            yield WrongAnswer(
                exercise.get("assignment", ""),
                exercise.get("notebook", ""),
                cell,
                node.name,
                " ".join(sentence.split("\n\n")[0].split()),
                _body(text, node) if whole else _renamed(text, node, cell),
                exercise.get("read", ""),
            )


def _assigned(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        pairs = list(zip(target.elts, value.elts, strict=True))
    else:
        pairs = [(target, value)]
    yield from ((name.id, part) for name, part in pairs if isinstance(name, ast.Name))


def _texts(call: ast.Call) -> dict[str, str]:
    return {
        keyword.arg: keyword.value.value
        for keyword in call.keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
    }


def _renamed(text: str, node: ast.FunctionDef | ast.ClassDef, cell: str) -> str:
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    return re.sub(rf"\b{node.name}\b", cell, "\n".join(lines))


def _body(text: str, node: ast.FunctionDef | ast.ClassDef) -> str:
    lines = text.splitlines()[node.body[0].end_lineno : node.end_lineno]
    return textwrap.dedent("\n".join(lines)).strip("\n")
