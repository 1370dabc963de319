"""System calls that no notebook needs, refused to a student's process by the kernel (seccomp).

The list reduces the part of the kernel that a submission can reach: new namespaces and mounts, other processes' memory,
the kernel's cache of files, its keys, programs and modules, kinds of sockets that no network namespace confines. It
also closes the ways to memory that no process holds, which neither a limit on resources nor `usage` would count.
"""

import ctypes
import platform
import struct
from typing import Final

# The machine's name: its number in a filter, and the column of its numbers in the tables below.
_MACHINES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# (number on x86_64, number on aarch64); None where the machine has no such call.
_REFUSED: Final[dict[str, tuple[int | None, int | None]]] = {
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # other processes' memory
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    # which files are in memory: a submission could leave a message to a later one there
    "fadvise64": (221, 223),
    "readahead": (187, 213),
    "mincore": (27, 232),
    "cachestat": (451, 451),
    # keys, programs and modules of the kernel
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # memory that belongs to no process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "vmsplice": (278, 75),  # a pipe that holds one page of a huge page holds all of it
    "io_setup": (206, 0),
    "inotify_init": (253, None),  # 128 queues of 16,384 events
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "mbind": (237, 235),  # policies for each page of a file without content
    "set_mempolicy": (238, 237),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "set_mempolicy_home_node": (450, 450),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}
# Access lists of 64 KiB per file, which the file system's size does not include. Programs such as cp accept that a file
# system has none.
_UNSUPPORTED: Final = {"setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7)}
# Calls that are refused for some arguments only.
_CONDITIONAL: Final = {
    "clone": (56, 220),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "setsockopt": (54, 208),
    "fcntl": (72, 25),
    "mmap": (9, 222),
    "preadv2": (327, 286),
}
_CLONE3: Final = 435
# What the kernel has learned since mseal may keep memory, too. Libraries do without it on older kernels.
_FIRST_UNKNOWN: Final = 463

_NEWUSER: Final = 0x10000000
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_SOL_SOCKET, _BUFFER_SIZES, _FILTERS = 1, (7, 8, 32, 33), (26, 50, 51, 52)
_OPEN_FILE_LOCKS: Final = (37, 38)
_SHARED_ANONYMOUS: Final = 0x21
_ONLY_FROM_MEMORY: Final = 0x8
MAX_SHARED_BYTES: Final = 2**16
"""The largest shared memory without a name (`mmap.mmap(-1, size)`) that a student's process can have."""

_LOAD, _EQUAL, _GREATER, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERROR, _EPERM, _EINVAL, _ENOMEM, _ENOSYS = 0x7FFF0000, 0x00050000, 1, 22, 12, 38
_ENOTSUP, _EAFNOSUPPORT = 95, 97
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_Instruction = tuple[int, int, int, int]
"""(code, jump if true, jump if false, operand)"""


def refuse() -> bool:
    """Refuse the calls to this process and all it starts, permanently.

    Returns:
        Whether the kernel accepted the list; False on an unknown kind of machine.
    """
    if platform.machine() not in _MACHINES:
        return False
    program = b"".join(struct.pack("HBBI", *line) for line in _program(*_MACHINES[platform.machine()]))
    code = ctypes.create_string_buffer(program, len(program))

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    program_filter = Filter(len(program) // 8, ctypes.cast(code, ctypes.c_void_p))
    # PR_SET_SECCOMP with SECCOMP_MODE_FILTER; needs no right, since the process cannot gain any.
    return int(ctypes.CDLL(None).prctl(22, 2, ctypes.byref(program_filter), 0, 0)) == 0


def _program(architecture: int, machine: int) -> list[_Instruction]:
    lines: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        _fail(_EPERM),
        (_LOAD, 0, 0, _NUMBER),
        # The second set of system call numbers of x86 (x32) would bypass the list.
        (_AT_LEAST, 0, 1, 0x40000000),
        _fail(_EPERM),
        (_AT_LEAST, 0, 1, _FIRST_UNKNOWN),
        _fail(_ENOSYS),
        # The C library falls back from clone3 to clone, whose flags can be read here.
        (_EQUAL, 0, 1, _CLONE3),
        _fail(_ENOSYS),
    ]
    for numbers in _REFUSED.values():
        if (number := numbers[machine]) is not None:
            lines += [(_EQUAL, 0, 1, number), _fail(_EPERM)]
    for numbers in _UNSUPPORTED.values():
        lines += [(_EQUAL, 0, 1, numbers[machine]), _fail(_ENOTSUP)]
    for name, rule in _rules().items():
        # A rule reads arguments, so it ends with a return.
        rule = [*rule, (_RETURN, 0, 0, _ALLOW)]
        lines += [(_EQUAL, 0, len(rule), _CONDITIONAL[name][machine]), *rule]
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def _rules() -> dict[str, list[_Instruction]]:
    """For each conditional call the instructions that refuse it."""
    families = [(_EQUAL, 0, 1, family) for family in (_UNIX, _INET, _INET6, _NETLINK)]
    known_family = [
        _argument(0),
        *(line for family in families for line in (family, (_RETURN, 0, 0, _ALLOW))),
        _fail(_EAFNOSUPPORT),
    ]
    return {
        "clone": [_argument(0), (_ANY_BIT, 0, 1, _NEWUSER), _fail(_EPERM)],
        "socket": known_family,
        "socketpair": known_family,
        "setsockopt": [
            _argument(1),
            (_EQUAL, 1, 0, _SOL_SOCKET),
            (_RETURN, 0, 0, _ALLOW),
            _argument(2),
            # The size of a buffer is a wish: without an error it keeps the default, by which `usage` counts it.
            *(line for option in _BUFFER_SIZES for line in ((_EQUAL, 0, 1, option), _fail(0))),
            *(line for option in _FILTERS for line in ((_EQUAL, 0, 1, option), _fail(_EPERM))),
        ],
        # `usage` counts locks by the process that holds them, and these belong to none.
        "fcntl": [
            _argument(1),
            *(line for command in _OPEN_FILE_LOCKS for line in ((_EQUAL, 0, 1, command), _fail(_EINVAL))),
        ],
        "preadv2": [_argument(5), (_ANY_BIT, 0, 1, _ONLY_FROM_MEMORY), _fail(_ENOTSUP)],
        # A process may unmap shared memory, or drop its pages, while another mapping of one byte keeps all of it.
        "mmap": [
            _argument(3),
            (_AND, 0, 0, _SHARED_ANONYMOUS),
            (_EQUAL, 1, 0, _SHARED_ANONYMOUS),
            (_RETURN, 0, 0, _ALLOW),
            (_LOAD, 0, 0, _ARGUMENTS + 8 + 4),
            (_EQUAL, 1, 0, 0),
            _fail(_ENOMEM),
            _argument(1),
            (_GREATER, 0, 1, MAX_SHARED_BYTES),
            _fail(_ENOMEM),
        ],
    }


def _argument(index: int) -> _Instruction:
    """Load the lower half of an argument."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _fail(error: int) -> _Instruction:
    """Return an error; 0 reports success without doing anything."""
    return (_RETURN, 0, 0, _ERROR | error)
