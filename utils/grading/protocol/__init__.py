"""The protocol between the judge and the student's process: how bytes are sent, and which values can be transferred.

- `frames`: frames of bytes on a socket, bounded in size and time.
- `types`: the types of plain data, one registration each.
- `encode`: a value to bytes, in the student's process.
- `decode`: bytes of any origin to plain data, in the judge; nothing received is executed.
- `references`: references in place of objects that stay in their process.
"""
