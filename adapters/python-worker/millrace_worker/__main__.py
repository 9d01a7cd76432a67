"""
`python -I -S -B` on this folder: the worker's whole life. Exits when the socket closes. Nothing that was installed beside the
model runs before the sandbox is closed: -S leaves even the start-up code of installed packages for later.
"""

import json
import os
import site
import socket
import struct
import sys


def main():
    # -I leaves this program's own folder out of the path, so that a model's folder cannot stand in for it.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # Whatever else the server's own parent left open is none of the model's business.
    os.closerange(4, 4096)
    sock = socket.socket(fileno=3)
    setup = json.loads(exactly(sock, struct.unpack("<III", exactly(sock, 12))[0]))
    os.chdir(setup["scratch"])
    try:
        from millrace_worker.sandbox import enter

        enter(setup)
        site.main()
        from millrace_worker.serve import serve
    except BaseException as error:
        refuse(sock, error)
    else:
        serve(sock, setup)


def exactly(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise SystemExit(0)
        data += piece
    return data


def refuse(sock, error):
    """The frame `unloadable`, written without the modules that need numpy."""
    if isinstance(error, ModuleNotFoundError):
        reason = f"the interpreter {sys.executable} lacks the Python package {error.name}"
    else:
        reason = str(error) or type(error).__name__
    text = json.dumps({"reason": reason}).encode()
    sock.sendall(struct.pack("<III", len(text), 0, 8) + text)


if __name__ == "__main__":
    main()
