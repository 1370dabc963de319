"""The trusted process: it runs the instructor's notebook against a student's process and gives the verdicts.

It never imports `utils.grading.student`: it knows the student's process only by what that sends.

- `messages`: what the judge receives from the process that grades, and what it reports to it.
- `judge`: walks through the plan; here a verdict is made.
- `points`: points for a grade cell that ran to its end.
- `explain`: what a student may read about a check that failed.
- `client`: the RPC client, which asks the student's process for values, attributes and calls.
- `proxies`: what the judge's notebook holds in place of a student's functions, classes and objects.
- `known_classes`: which of a student's classes the judge knows, and what a check may ask of an object.
- `pickling`: what is sent to the student's process: copies of data, and references to what stays in the judge.
- `exposed`: the judge's objects that the student's process may use by reference.
- `clock`: the time that a cell may take.
- `student_process`: the student's process as the judge sees it.
"""
