"""
What a worker gives up before it reads a model: new privileges, other users' rights, files (Landlock), system calls (seccomp).
The system-call numbers are those of Linux's tables for x86-64 and arm64; the structures those of linux/landlock.h and
linux/filter.h.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys


class NoSandbox(Exception):
    """Why this model is not read here: a sentence for the person who deploys it."""


LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 22, 38

# Landlock's calls have the same numbers everywhere.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REMOVE_DIR, REMOVE_FILE, MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (
    1 << shift for shift in range(4, 13)
)
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
READING = EXECUTE | READ_FILE | READ_DIR
SCRATCH = (
    READ_FILE | READ_DIR | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
)


def enter(setup):
    """Raises NoSandbox where a sandbox is asked for and this kernel has none."""
    limit(setup)
    if setup["trusted"]:
        die_with_parent()
        if not setup.get("allowNetwork") and filter_supported():
            prctl(PR_SET_NO_NEW_PRIVS, 1)
            seccomp(network_rules())
        return
    reasons = lacking()
    if reasons:
        raise NoSandbox(
            f"models of this kind run code when they are read, and here they cannot be shut in: {reasons}. "
            "Serve it from a trusted source (--model-repository), or export it to ONNX"
        )
    readable = readable_paths(setup)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_DUMPABLE, 0)
    become_nobody(readable, setup["scratch"])
    die_with_parent()
    landlock(readable, setup["scratch"], bool(setup.get("allowNetwork")))
    seccomp(sandbox_rules(bool(setup.get("allowNetwork"))))


def die_with_parent():
    """A model that hangs would not see that its socket has closed."""
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def limit(setup):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if setup["trusted"]:
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = 1024 if hard == resource.RLIM_INFINITY else min(1024, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def lacking():
    """Why no sandbox can be made; empty where it can."""
    if sys.platform != "linux":
        return f"{sys.platform} has no Landlock"
    if platform.machine() not in NUMBERS:
        return f"the system calls of {platform.machine()} are not known"
    if landlock_version() < 1:
        return "this kernel has no Landlock (Linux 5.13 and later, with landlock among its security modules)"
    if not filter_supported():
        return "this kernel has no seccomp filters"
    return ""


def prctl(option, *arguments):
    given = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    if LIBC.prctl(option, *given) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


# --- Landlock -------------------------------------------------------------------------------------------------------


def landlock_version():
    return LIBC.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)


def readable_paths(setup):
    """The interpreter, what it is linked with, the model, and what numeric libraries look at."""
    prefixes = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, os.path.dirname(__file__)]
    prefixes += [path for path in sys.path if path]
    # Without `site`, Python does not know yet that it belongs to a virtual environment.
    environment = os.path.dirname(os.path.dirname(os.path.abspath(sys.executable)))
    if os.path.isfile(os.path.join(environment, "pyvenv.cfg")):
        prefixes.append(environment)
    system = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache"]
    system += ["/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/proc/self", "/proc/cpuinfo"]
    system += ["/proc/meminfo", "/proc/stat", "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu"]
    found = []
    for path in [*prefixes, *system, setup["path"], *setup.get("readable", [])]:
        path = os.path.realpath(path)
        # An interpreter installed at the root or in a home would open all of it.
        if path not in ("/", "/root", "/home") and os.path.exists(path) and path not in found:
            found.append(path)
    return found


def landlock(readable, scratch, network):
    version = landlock_version()
    files = (1 << 13) - 1
    files |= REFER if version >= 2 else 0
    files |= TRUNCATE if version >= 3 else 0
    files |= IOCTL_DEV if version >= 5 else 0
    attributes = [files]
    if version >= 4:
        attributes.append(0 if network else 3)  # TCP bind and connect
    if version >= 6:
        attributes.append(3)  # no abstract sockets and no signals beyond this sandbox
    packed = struct.pack(f"<{len(attributes)}Q", *attributes)
    ruleset = LIBC.syscall(CREATE_RULESET, packed, ctypes.c_size_t(len(packed)), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    for path in readable:
        allow(ruleset, path, READING & files)
    allow(ruleset, "/dev/null", (READ_FILE | WRITE_FILE) & files)
    allow(ruleset, scratch, SCRATCH & files)
    if LIBC.syscall(RESTRICT_SELF, ruleset, 0) != 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)


def allow(ruleset, path, rights):
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        kept = rights if os.path.isdir(path) else rights & ON_FILES
        rule = struct.pack("<Qi", kept, descriptor)
        if LIBC.syscall(ADD_RULE, ruleset, 1, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
    finally:
        os.close(descriptor)


# --- another user ---------------------------------------------------------------------------------------------------

NOBODY = 65534


def become_nobody(readable, scratch):
    """
    A worker of a server that runs as root becomes nobody where nobody may read what it needs; else it keeps its user and
    loses all of root's capabilities.
    """
    if os.geteuid() != 0:
        return
    if nobody_reads(readable):
        os.chown(scratch, NOBODY, NOBODY)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    else:
        drop_capabilities()
    prctl(PR_SET_DUMPABLE, 0)


def nobody_reads(readable):
    pid = os.fork()
    if pid == 0:
        good = False
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            good = all(os.access(path, os.R_OK) for path in readable if not path.startswith("/proc/")) and all(
                inside_readable(path) for path in readable
            )
        finally:
            os._exit(0 if good else 1)
    return os.waitpid(pid, 0)[1] == 0


def inside_readable(path):
    """Whether the entries of a folder may be read, one level deep: models lie in few folders, libraries in public ones."""
    if path.startswith("/proc/") or not os.path.isdir(path):
        return True
    return os.access(path, os.X_OK) and all(
        os.access(os.path.join(path, name), os.R_OK) for name in os.listdir(path)[:200] if name != "__pycache__"
    )


def drop_capabilities():
    for capability in range(64):
        if LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    header = struct.pack("<Ii", 0x20080522, 0)
    none = struct.pack("<6I", *[0] * 6)
    if LIBC.capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


# --- seccomp --------------------------------------------------------------------------------------------------------

ALLOW, REFUSE, ABSENT, KILL = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38, 0x80000000

# name: (x86-64, arm64); None where the machine has no such call.
CALLS = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "sendmmsg": (307, 269), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440), "kcmp": (312, 272), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268), "unshare": (272, 97),
    "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430), "fsmount": (432, 432),
    "mount_setattr": (442, 442), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "swapon": (167, 224), "swapoff": (168, 225),
    "reboot": (169, 142), "acct": (163, 89), "quotactl": (179, 60), "syslog": (103, 116), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None),
    "ioperm": (173, None), "personality": (135, 92), "execve": (59, 221), "execveat": (322, 281), "fork": (57, None),
    "vfork": (58, None), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "chmod": (90, None),
    "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "utime": (132, None),
    "utimes": (235, None), "utimensat": (280, 88), "futimesat": (261, None), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setattr": (314, 274), "sched_setscheduler": (144, 119), "migrate_pages": (256, 238), "move_pages": (279, 239),
}
# Their work can be had by other calls, so that libraries fall back: a filter does not see what a ring submits, nor a
# structure's contents.
MISSING = {"clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427)}
KILL_CALL, TGKILL, PRLIMIT, CLONE, SOCKET = (62, 129), (234, 131), (302, 261), (56, 220), (41, 198)
NUMBERS = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
NETWORK = {"socket", "connect", "bind", "listen", "accept", "accept4", "sendmmsg"}
CLONE_THREAD = 0x00010000
AF_UNIX = 1


def filter_supported():
    # Without a program the call fails with EFAULT where the mode exists, with EINVAL where not.
    ctypes.set_errno(0)
    LIBC.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), None, None, None)
    return platform.machine() in NUMBERS and ctypes.get_errno() == 14


class Program:
    """Instructions of classic BPF over (number, architecture, address, six arguments)."""

    LOAD, EQUAL, AT_LEAST, SET, GIVE = 0x20, 0x15, 0x35, 0x45, 0x06

    def __init__(self):
        self._lines = []

    def line(self, code, value, yes=0, no=0):
        self._lines.append(struct.pack("<HBBI", code, yes, no, value & 0xFFFFFFFF))

    def load(self, offset):
        self.line(self.LOAD, offset)

    def give(self, result):
        self.line(self.GIVE, result)

    def when_number(self, number, result):
        """The number is in the accumulator."""
        self.line(self.EQUAL, number, 0, 1)
        self.give(result)

    def unless_argument(self, number, index, allowed, result):
        """Lets the call pass while its argument's low half is one of these; loads the number again after."""
        self.line(self.EQUAL, number, 0, 3 + len(allowed))
        self.load(16 + 8 * index)
        for place, value in enumerate(allowed):
            self.line(self.EQUAL, value, len(allowed) - place, 0)
        self.give(result)
        self.load(0)

    def install(self):
        code = b"".join(self._lines)
        buffer = ctypes.create_string_buffer(code, len(code))
        program = struct.pack("<H6xQ", len(self._lines), ctypes.addressof(buffer))
        held = ctypes.create_string_buffer(program, len(program))
        # A filter for this process and all its threads.
        if LIBC.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.c_ulong(ctypes.addressof(held)), None, None) != 0:
            raise OSError(ctypes.get_errno(), "seccomp")


def started():
    architecture, column = NUMBERS[platform.machine()]
    program = Program()
    program.load(4)
    program.line(Program.EQUAL, architecture, 1, 0)
    program.give(KILL)
    program.load(0)
    if column == 0:
        # The x32 numbers are a second door to the same calls.
        program.line(Program.AT_LEAST, 0x40000000, 0, 1)
        program.give(KILL)
    return program, column


def network_rules():
    """For trusted models: no sockets but those of this machine's files."""
    program, column = started()
    for numbers in MISSING.values():
        if numbers != MISSING["clone3"]:
            program.when_number(numbers[column], ABSENT)
    program.unless_argument(SOCKET[column], 0, [AF_UNIX], REFUSE)
    program.give(ALLOW)
    return program


def sandbox_rules(network):
    program, column = started()
    for name, numbers in CALLS.items():
        if numbers[column] is not None and not (network and name in NETWORK):
            program.when_number(numbers[column], REFUSE)
    for numbers in MISSING.values():
        program.when_number(numbers[column], ABSENT)
    own = os.getpid()
    program.unless_argument(KILL_CALL[column], 0, [own], REFUSE)
    program.unless_argument(TGKILL[column], 0, [own], REFUSE)
    program.unless_argument(PRLIMIT[column], 0, [0, own], REFUSE)
    # Threads, but no processes.
    program.line(Program.EQUAL, CLONE[column], 0, 4)
    program.load(16)
    program.line(Program.SET, CLONE_THREAD, 1, 0)
    program.give(REFUSE)
    program.load(0)
    program.give(ALLOW)
    return program


def seccomp(program):
    program.install()
