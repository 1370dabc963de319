"""nbgrader's configuration: every nbgrader command and the formgrader page work in this folder.

`solutions/` is nbgrader's source and `assignments/` its release; a class lives in `class/`, which git ignores.
"""

from pathlib import Path

c = get_config()  # noqa: F821 -- nbgrader provides it

root = Path(__file__).absolute().parent
(root / "class").mkdir(exist_ok=True)  # SQLite makes a database, but no folder for it

c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "which-is-better"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.feedback_directory = "class/feedback"
c.CourseDirectory.db_url = f"sqlite:///{root / 'class' / 'gradebook.db'}"

# A function that is not written yet says so in every check.
c.ClearSolutions.code_stub = {
    "python": "# YOUR CODE HERE\n"
    'raise NotImplementedError("not written yet: replace this line by your code, then run this cell again")'
}

# What `make grade ME=1` shows beside the instructor's answer, after full marks.
c.OwnWork.right_answers = "tests.answers.bank.right_answers"

# nbgrader's own autograde, and the button on the formgrader page, grade through the judge too.
c.Autograde.exporter_class = "utils.grading.nbgrader.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["utils.grading.nbgrader.GradeSubmission"]
c.Autograde.autograde_preprocessors = [
    "utils.grading.nbgrader.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
]

# The instructor's page on a topic stands beside its assignment; neither the release nor students' code gets it.
c.CourseDirectory.ignore.append("guide.md")

# Students with a known mistake read which one it is, and with the address of your site, a link to where to read on:
# c.Diagnosis.lectures = "https://OWNER.github.io/NAME/lectures"
c.Diagnosis.answers = "tests/answers"
