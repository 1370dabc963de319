"""`python -m utils.grading [ASSIGNMENT]` grades the submissions of a class.

It works in any folder with an `nbgrader_config.py`: folders, database and time limits are the ones that nbgrader's
configuration names.
"""

import argparse
import csv
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader


def course(argv: Sequence[str] = ()) -> Any:
    """nbgrader's application, set up by the configuration of the present folder."""
    # nbgrader calls `alembic` by name when it makes a database, and the environment need not be activated.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    app = NbGrader()
    app.initialize(list(argv))
    app.log.setLevel("ERROR")
    return app


def grade_assignment(api: Any, assignment: str) -> list[dict[str, object]]:
    """Grade every submission of an assignment through nbgrader; one row per student and exercise."""
    rows: list[dict[str, object]] = []
    made = api.generate_assignment(assignment)
    if not made["success"]:
        raise SystemExit(f"{assignment} could not be read, because nbgrader says:\n{made.get('log', '')}")
    for student in sorted(api.get_submitted_students(assignment)):
        done = api.autograde(assignment, student)
        print(f"{assignment} {student}{'' if done['success'] else ': could not be graded'}", flush=True)
        if not done["success"]:
            print(done.get("log", ""), file=sys.stderr)
        api.generate_feedback(assignment, student)
        rows += rows_of(api, assignment, student, failed=not done["success"])
    return rows


def rows_of(api: Any, assignment: str, student: str, failed: bool) -> list[dict[str, object]]:
    """The marks of one submission as they stand in nbgrader's gradebook."""
    with api.gradebook as gradebook:
        submission = gradebook.update_or_create_submission(assignment, student)
        several = len(submission.notebooks) > 1
        grades = [
            (grade, f"{notebook.name}/" if several else "")
            for notebook in submission.notebooks
            for grade in notebook.grades
        ]
        return sorted(
            (
                {
                    "student": student,
                    "assignment": assignment,
                    "exercise": prefix + grade.name,
                    "score": 0.0 if failed else grade.score,
                    "max_score": grade.max_score,
                    "status": "crashed" if failed else "needs manual" if grade.needs_manual_grade else "graded",
                }
                for grade, prefix in grades
            ),
            key=lambda row: str(row["exercise"]),
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Grade, print a table, write `grades.csv` and the feedback; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m utils.grading", description="Grade the submissions of a class.")
    parser.add_argument("assignment", nargs="?", help="its name; without one, every assignment with submissions")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="how many processes grade at a time")
    options = parser.parse_args(argv)

    app = course()
    api = NbGraderAPI(coursedir=app.coursedir, parent=app)
    known = sorted(api.get_source_assignments())
    names = [options.assignment] if options.assignment else [n for n in known if api.get_submitted_students(n)]
    if options.assignment and options.assignment not in known:
        print(
            f"There is no assignment {options.assignment}: give one of {', '.join(known) or '(none)'}.", file=sys.stderr
        )
        return 2
    rows = [row for name in names for row in grade_assignment(api, name)]
    if not rows:
        print(
            "There are no submissions: put them into "
            f"{app.coursedir.format_path(app.coursedir.submitted_directory, 'STUDENT', 'ASSIGNMENT')}."
        )
        return 1
    path = Path(app.coursedir.root, app.coursedir.submitted_directory).parent / "grades.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(f"{row['student']:<28}{row['exercise']:<32}{row['score']:>6g} / {row['max_score']:<6g}{row['status']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
