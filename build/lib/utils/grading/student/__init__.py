"""The untrusted process: it runs a student's cells and answers the judge's requests about what they define.

Nothing here is trusted by the judge, since a student's code may change all of it. It imports `utils.grading.protocol`
and no other sub-package of the grader.

- `server`: the RPC server.
- `shadow`: runs a whole notebook with its checks, as stock nbgrader would, for the supervisor.
- `inspection`: what the judge may see of an object beyond its attributes and calls.
- `arguments`: the objects that a call got, and what it changed in them.
- `surroundings`: what a check has arranged around a call.
- `remote`: `RemoteObject`, the student's side of an object of the judge.
"""
