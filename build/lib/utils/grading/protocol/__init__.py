"""What the judge and the student's process share: how bytes are sent, which values can be transferred, and the shell.

- `frames`: frames of bytes on a socket, bounded in size and time.
- `types`: the types of plain data, one registration each; `plain_type` says what a registration is, and the encoders
  and decoders are in `python_types`, `collection_types`, `class_types`, `array_types`, `table_types`, `library_types`.
- `encode`: a value to bytes, in the student's process.
- `decode`: bytes of any origin to plain data, in the judge; nothing received is executed.
- `references`: references in place of objects that stay in their process.
- `contents`: the contents of objects that a call may change.
- `modules`: imports from the working folder, also where a course has a module named `utils`.
- `folder`: the files of a working folder that have changed.
- `shell`: IPython without a kernel's sockets; each of the two processes has one.
"""
