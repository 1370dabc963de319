"""The instructor's folder: what is in it, how a whole class is graded, and where the results are recorded.

- ``course``: the course as nbgrader's configuration describes it, with its assignments and submissions
- ``engine``: submissions as tasks on a Dask cluster
- ``gradebook``: the one process that writes nbgrader's gradebook and the autograded notebooks
- ``batch``: grade a class: what is new or changed, recorded as it is graded, reported at the end
"""
