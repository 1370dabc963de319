"""The instructor's folder: its contents, the grading of a whole class, and the records of the results.

- ``course``: the course as nbgrader's configuration describes it, with its assignments and submissions
- ``files``: what of a student's folder is read, and what of it may lie where a browser reaches it
- ``leftovers``: copies of the instructor's notebook among the files for students
- ``engine``: submissions as tasks on a Dask cluster
- ``gradebook``: the one process that writes nbgrader's gradebook and the autograded notebooks
- ``batch``: grade the new and changed submissions of a class, record each result, and report all at the end
"""
