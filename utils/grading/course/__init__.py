"""The instructor's folder: its contents, the grading of a whole class, and the records of the results.

- ``course``: the course as nbgrader's configuration describes it, with its assignments and submissions
- ``files``: what of a student's folder is read, and what of it may lie where a browser reaches it
- ``leftovers``: copies of the instructor's notebook among the files for students
- ``seed``: the secret seed of a course
- ``engine``: several submissions at a time, by any workers, and what happens where the grader itself fails
- ``workers``, ``cluster``: threads of this process, which are the default, and the workers of a Dask cluster
- ``early``: begins to import the course's libraries while nbgrader is being imported
- ``check``: grades the instructor's own solutions and the blank release before a class does
- ``gradebook``: the one process that writes nbgrader's gradebook and the autograded notebooks
- ``database``: the gradebook's database, created
- ``extensions``: who may hand in later, from one CSV
- ``own_work``: a learner's own notebooks: points, progress, model answers; the visible checks of a class's copy
- ``similarity``: similar answers of a class, on request
- ``push``: marks and pages sent to Canvas
- ``afterwards``: what a run does beside grading: extensions, what changed, and what travels
- ``answers``: a bank of wrong answers, read from Python files
- ``cells``: solution cells, and the checks that ask for what they define
- ``transcripts``: what is kept of graded notebooks for the diagnosis
- ``diagnosis``: has the bank's answers graded, and compares those of a class with them
- ``batch``: grade the new and changed submissions of a class, record each result, and report all at the end
"""
