"""The command line: `python -m utils.grading [ASSIGNMENT]` grades a class, in any folder with an nbgrader_config.py."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from utils.errors import WhichIsBetterError
from utils.grading.job import Job, Limits

DESCRIPTION = """\
Grade the submissions of a class.

Reads the course from nbgrader_config.py in the current folder, runs every submission in a sandbox and the instructor's
tests in another process, and writes nbgrader's gradebook, the autograded notebooks, the feedback pages, grades.csv and
report.html. Run it as often as you like: only new and changed work is graded, manual scores and comments are kept."""

EPILOG = """\
examples:
  python -m utils.grading                              every assignment that has submissions
  python -m utils.grading ps1 --student 'b*'           the students of one assignment whose name starts with b
  python -m utils.grading ps1 --cell-seconds 10        a cell that takes longer gets an error; the rest is graded
  python -m utils.grading --check-course               before you hand out: do your own solutions get full points?
  python -m utils.grading ps1 --accept add_test        full points where the check add_test waits for your review
  python -m utils.grading ps1 --canvas ps1.csv         also write a file for the gradebook of Canvas
  python -m utils.grading ps1 --return-to submissions.zip
                                                       also write the feedback as a zip for Moodle or Canvas
  python -m utils.grading ps1 --push canvas            also print what Canvas would get; --send sends it
  python -m utils.grading --scheduler tcp://host:8786  on the workers of a running Dask cluster

In a folder that itself holds a utils.py or a package utils, run `python -P -m utils.grading`: without -P, Python takes
the module of the current folder for this one and stops with "Error while finding module specification".

A file extensions.csv beside grades.csv, with the columns student,assignment,extra_days,late_days, moves deadlines.

Limits can be set permanently in nbgrader_config.py, for example c.GradeSubmission.cell_seconds = 10. Any setting of
nbgrader can be given as an option too: --CourseDirectory.db_url=postgresql+psycopg2://...

exit status: 0 finished, 1 stopped by an error, 2 wrong usage, 130 stopped with Ctrl-C. Whatever was graded before a
stop is recorded."""


def main(argv: Sequence[str] | None = None) -> int:
    """Grade, print the table and write the files; return the exit status that the epilog explains."""
    options, nbgrader_options = parse(argv)
    # Imported late, so that --help answers at once and a mistyped option costs no wait; the batch before nbgrader,
    # because its engine prevents a slow import.
    if options.scheduler is None and not options.me:
        from utils.grading.course import early

        early.begin(options.assignment, not options.unsandboxed)
    from utils.grading.course.batch import grade_class
    from utils.grading.course.check import report
    from utils.grading.course.course import Course
    from utils.grading.course.own_work import apart, check_copy
    from utils.grading.nbgrader import GradeSubmission

    try:
        has_course = Path("nbgrader_config.py").exists() or not options.me
        course = Course.here(nbgrader_options) if has_course else None
        if course is None or (options.me and not course.assignments()):
            limits = {one.name: value for one in fields(Limits) if (value := getattr(options, one.name)) is not None}
            check_copy(Path(), options.assignment, Job(limits=Limits(**limits)))
            return 0
        if options.me:
            course = apart(course)
        settings = GradeSubmission(parent=course.app)
        for limit in fields(Limits):
            if getattr(options, limit.name) is not None:
                setattr(settings, limit.name, getattr(options, limit.name))
        if options.unsandboxed or options.me:
            settings.sandboxed = False
        if options.check_course:
            names = [options.assignment] if options.assignment else course.assignments()
            return int(not report(course, settings.settings(), names))
        grade_class(
            course,
            settings.settings(),
            assignment=options.assignment,
            students=options.student,
            own_work=options.me,
            regrade=options.regrade,
            accept=options.accept,
            workers=options.workers,
            scheduler=options.scheduler,
            feedback=not options.no_feedback,
            csv=options.csv,
            canvas=options.canvas,
            moodle=options.moodle,
            return_to=options.return_to,
            similar=options.similar,
            push=options.push is not None,
            send=options.send,
        )
    except (WhichIsBetterError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "Stopped. The results so far are recorded; run the same command again to grade the rest.", file=sys.stderr
        )
        return 130
    return 0


def parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """The command's own options, and those meant for nbgrader (``--Class.name=value``)."""
    parser = argparse.ArgumentParser(
        prog="python -m utils.grading",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("assignment", nargs="?", metavar="ASSIGNMENT", help="default: all that have submissions")
    what = parser.add_argument_group("what to grade")
    what.add_argument(
        "--student", default="*", metavar="NAME", help="one student, or a pattern such as 'a*' (default: all)"
    )
    what.add_argument(
        "--regrade",
        action="store_true",
        help="grade everything again, unchanged work too, and say whose marks change and why",
    )
    what.add_argument(
        "--check-course",
        action="store_true",
        help="grade no class, but your own solutions and the blank release, and list every check that goes wrong",
    )
    what.add_argument(
        "--accept",
        metavar="CHECK",
        help="give full points where this check waits for review (with --student, to one student only)",
    )
    what.add_argument(
        "--me",
        action="store_true",
        help="grade your own notebooks in the release folder, with your own rights: say what each exercise lost and "
        "why, remember the scores in progress.csv, show model answers to what you have solved, and open the feedback; "
        "TEST_SEED repeats a run with the same hidden inputs",
    )
    where = parser.add_argument_group("where it runs")
    where.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="submissions graded at a time on this machine (default: one per processor); ignored with --scheduler",
    )
    where.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask cluster, as tcp://host:8786")
    where.add_argument(
        "--unsandboxed", action="store_true", help="run students' code with your own rights, if you trust it"
    )
    limits = parser.add_argument_group("limits for each submission")
    for limit in fields(Limits):
        limits.add_argument(
            f"--{limit.name.replace('_', '-')}",
            type=limit.type,
            metavar=limit.metadata["unit"],
            help=f"{limit.metadata['help']} (default: {limit.default:g})",
        )
    out = parser.add_argument_group("what is written")
    out.add_argument(
        "--csv", type=Path, metavar="PATH", help="the table of grades (default: grades.csv beside the submissions)"
    )
    out.add_argument("--canvas", type=Path, metavar="PATH", help="totals for Canvas, one column per assignment")
    out.add_argument("--moodle", type=Path, metavar="PATH", help="totals for Moodle, one column per assignment")
    out.add_argument(
        "--return-to",
        type=Path,
        metavar="ZIP",
        help="the submissions to ASSIGNMENT as downloaded from Moodle or Canvas: also write the feedback as a zip that "
        "the same platform takes and hands to each student",
    )
    out.add_argument(
        "--similar",
        action="store_true",
        help="compare the answers (needs the package copydetect), and write similar-ASSIGNMENT.html; similarity is no "
        "proof",
    )
    out.add_argument(
        "--push",
        choices=["canvas"],
        help="print which marks and pages Canvas does not have yet (needs the package canvasapi, settings "
        "c.CanvasPush.* and the token in CANVAS_API_TOKEN)",
    )
    out.add_argument("--send", action="store_true", help="with --push, send them")
    out.add_argument("--no-feedback", action="store_true", help="write no feedback pages")
    options, rest = parser.parse_known_args(argv)
    unknown = [word for word in rest if not re.match(r"--[A-Z]\w*\.\w+=", word)]
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if options.send and options.push is None:
        parser.error("--send says that a push is meant: add --push canvas")
    return options, rest


if __name__ == "__main__":
    raise SystemExit(main())
