"""The instructor's folder: its contents, the grading of a whole class, and the records of the results.

- ``course``: the course as nbgrader's configuration describes it, with its assignments and submissions
- ``engine``: several submissions at a time, by any workers, and what happens where the grader itself fails
- ``workers``, ``cluster``: threads of this process, which are the default, and the workers of a Dask cluster
- ``early``: begins to import the course's libraries while nbgrader is being imported
- ``gradebook``: the one process that writes nbgrader's gradebook and the autograded notebooks
- ``database``: the gradebook's database, created
- ``batch``: grade the new and changed submissions of a class, record each result, and report all at the end
"""
