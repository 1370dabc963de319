"""The sandbox in which a student's process runs, and the processes from which it and the judge are forked.

- `walls`: the outer wall, bubblewrap around the students' fork server.
- `compartment`: the inner wall, which a submission's process sets up for itself.
- `seccomp`: system calls that the kernel refuses to it.
- `landlock`: what of the disk the judge may read and write.
- `usage`: its memory and processes, measured from outside.
- `users`: a user ID for each submission.
- `watch`: a submission's process seen from outside: it is killed when it exceeds a limit.
- `fork_server`: a Python with the course's libraries imported that forks once for every submission.
- `pairs`: the fork servers of this process: one for students' processes, one for judges.
"""
