# Tries what it is told to, as whoever runs it, and says what the system answered. Standard input: a list of attempts, [what, ...]. Standard output:
# a list of "ok" or the error's name.

import ctypes
import errno
import json
import os
import signal
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
PTRACE_SEIZE = 0x4206


def failed():
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))


class Piece(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]


def read_memory(pid):
    """Of the first mapping of the program, which is at the same place in every process of it: what matters is who may ask."""
    buffer = ctypes.create_string_buffer(16)
    own = Piece(ctypes.cast(buffer, ctypes.c_void_p), 16)
    theirs = Piece(ctypes.c_void_p(0x400000), 16)
    if libc.process_vm_readv(pid, ctypes.byref(own), 1, ctypes.byref(theirs), 1, 0) < 0:
        # It was allowed, and there is nothing.
        if ctypes.get_errno() == errno.EFAULT:
            return
        failed()


def connect_unix(path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)


def connect_tcp(address, port):
    with socket.socket(socket.AF_INET) as connection:
        connection.settimeout(5)
        connection.connect((address, port))


def attempt(what, *given):
    if what == 'read':
        os.close(os.open(given[0], os.O_RDONLY))
    elif what == 'write':
        os.close(os.open(given[0], os.O_WRONLY | os.O_APPEND))
    elif what == 'list':
        os.listdir(given[0])
    elif what == 'create':
        path = os.path.join(given[0], f'probe-{os.getuid()}')
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.unlink(path)
    elif what == 'connect':
        connect_unix(given[0])
    elif what == 'tcp':
        connect_tcp(*given)
    elif what == 'signal':
        os.kill(given[0], signal.SIGCONT)
    elif what == 'trace':
        if libc.ptrace(PTRACE_SEIZE, given[0], 0, 0) < 0:
            failed()
    elif what == 'readMemory':
        read_memory(given[0])
    elif what == 'openMemory':
        os.close(os.open(f'/proc/{given[0]}/mem', os.O_RDONLY))
    elif what == 'environment':
        with open(f'/proc/{given[0]}/environ', 'rb') as file:
            file.read(1)
    elif what == 'descriptors':
        os.listdir(f'/proc/{given[0]}/fd')
    elif what == 'become':
        os.setuid(given[0])
    elif what == 'mount':
        if libc.mount(b'none', b'/mnt', b'tmpfs', 0, None) < 0:
            failed()
    elif what == 'exists':
        os.stat(given[0])
    else:
        raise ValueError(what)


def answer(order):
    try:
        attempt(*order)
        return 'ok'
    except socket.timeout:
        return 'ETIMEDOUT'
    except OSError as error:
        return errno.errorcode[error.errno]


json.dump([answer(order) for order in json.load(sys.stdin)], sys.stdout)
