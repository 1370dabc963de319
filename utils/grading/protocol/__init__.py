"""What the judge and the student's process share: how bytes travel between them, what values may travel, and the shell.

- `frames`: frames of bytes on a socket, bounded in size and time.
- `types`: the types of plain data, one registration each.
- `encode`: a value to bytes, in the student's process.
- `decode`: bytes of any origin to plain data, in the judge; nothing received is executed.
- `references`: what is sent in place of an object that stays in its process.
- `shell`: IPython without a kernel's sockets; each process has one of its own.
"""
