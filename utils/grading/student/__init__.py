"""The untrusted process: it runs a student's cells and answers the judge's requests about what they define.

Nothing here is trusted by the judge, since a student's code may change all of it. It imports `utils.grading.protocol`
and no other sub-package of the grader.

- `server`: the RPC server, and `RemoteObject`, the student's side of an object of the judge.
- `shadow`: runs a whole notebook with its checks, as stock nbgrader would, for the supervisor.
"""
