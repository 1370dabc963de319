"""System calls that no notebook needs, refused to a student's process by the kernel (seccomp).

The sandbox does not depend on this list. It reduces the part of the kernel that a submission can reach: new namespaces
and mounts, other processes' memory, memory that no process holds, the kernel's keys, programs and modules.
"""

import ctypes
import platform
import struct
from typing import Final

# The machine's name: (its number in a filter, its number of `clone`, the numbers of what is refused).
_MACHINES: Final[dict[str, tuple[int, int, tuple[int, ...]]]] = {
    "x86_64": (
        0xC000003E,
        56,
        # unshare, setns, mount, umount2, pivot_root, chroot, ptrace, process_vm_readv and _writev, keyctl, add_key,
        # request_key, bpf, perf_event_open, userfaultfd, kexec_load, the three of modules, open_by_handle_at, and
        # memory that belongs to no process: memfd_create and shmget
        (272, 308, 165, 166, 155, 161, 101, 310, 311, 250, 248, 249, 321, 298, 323, 246, 175, 313, 176, 304, 319, 29),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (97, 268, 40, 39, 41, 51, 117, 270, 271, 219, 217, 218, 280, 241, 282, 104, 105, 273, 106, 265, 279, 194),
    ),
}
# io_uring's three, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr, memfd_secret: the same
# everywhere.
_COMMON: Final = (425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 447)
_CLONE3: Final = 435
_NEWUSER: Final = 0x10000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050000, 1, 38
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16


def refuse() -> bool:
    """Refuse the calls to this process and all it starts, permanently.

    Returns:
        Whether the kernel accepted the list; False on an unknown kind of machine.
    """
    if platform.machine() not in _MACHINES:
        return False
    program = _program(*_MACHINES[platform.machine()])
    code = ctypes.create_string_buffer(program, len(program))

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    program_filter = Filter(len(program) // 8, ctypes.cast(code, ctypes.c_void_p))
    # PR_SET_SECCOMP with SECCOMP_MODE_FILTER; needs no right, since the process cannot gain any.
    return int(ctypes.CDLL(None).prctl(22, 2, ctypes.byref(program_filter), 0, 0)) == 0


def _program(architecture: int, clone: int, refused: tuple[int, ...]) -> bytes:
    """A BPF program: each instruction is (code, jump if true, jump if false, operand)."""
    lines: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _ERROR | _EPERM),
        (_LOAD, 0, 0, _NUMBER),
        # The second set of system call numbers of x86 (x32) would bypass the list.
        (_AT_LEAST, 0, 1, 0x40000000),
        (_RETURN, 0, 0, _ERROR | _EPERM),
        # The C library falls back from clone3 to clone, whose flags can be read here.
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERROR | _ENOSYS),
    ]
    for number in (*refused, *_COMMON):
        lines += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERROR | _EPERM)]
    lines += [
        (_EQUAL, 0, 3, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _NEWUSER),
        (_RETURN, 0, 0, _ERROR | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)
