"""Frames: 12 bytes (payload length u32, request id u32, operation u8, rows u24, little-endian), then the payload."""

import json
import struct

import numpy as np

HEADER = struct.Struct("<III")
LENGTH = struct.Struct("<I")

# From the server.
START, ROWS, TENSORS, INVOKE, PING, CANCEL = 1, 2, 3, 4, 5, 6
# To the server; ROWS and TENSORS go both ways.
LOADED, UNLOADABLE, ERROR, HEAD, CHUNK, END, PONG = 7, 8, 9, 10, 11, 12, 13

DTYPES = {
    "BOOL": np.dtype("?"),
    "UINT8": np.dtype("u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
DATATYPES = {dtype: name for name, dtype in DTYPES.items()}


class Spec:
    """A tensor's name, datatype and shape, with -1 for a dimension that varies."""

    __slots__ = ("name", "datatype", "shape", "dtype", "width")

    def __init__(self, name, datatype, shape):
        self.name = name
        self.datatype = datatype
        self.shape = tuple(int(size) for size in shape)
        self.dtype = DTYPES.get(datatype)
        # Elements per row, where only the first dimension varies and elements have one size: the short form's condition.
        fixed = self.shape[:1] == (-1,) and all(size >= 0 for size in self.shape[1:]) and self.dtype is not None
        self.width = int(np.prod(self.shape[1:], dtype=np.int64)) if fixed else None

    def as_json(self):
        return {"name": self.name, "datatype": self.datatype, "shape": list(self.shape)}


class Connection:
    """A stream socket, read through one buffer: frames that have arrived together cost one system call."""

    def __init__(self, sock):
        self._sock = sock
        self._buffer = bytearray()
        self._start = 0

    def read(self):
        """The next frame as (operation, id, rows, payload); None when the server has closed the socket."""
        head = self._take(12)
        if head is None:
            return None
        length, request, tail = HEADER.unpack(head)
        payload = self._take(length)
        return None if payload is None else (tail & 0xFF, request, tail >> 8, payload)

    def _take(self, count):
        if count == 0:
            return b""
        have = len(self._buffer) - self._start
        if have < count:
            if self._start > 0:
                del self._buffer[: self._start]
                self._start = 0
            while have < count:
                piece = self._sock.recv(max(262144, min(count - have, 4 << 20)))
                if not piece:
                    return None
                self._buffer += piece
                have += len(piece)
        start = self._start
        self._start = start + count
        # Copied: arrays made from it may outlive the buffer's next growth.
        return bytes(memoryview(self._buffer)[start : start + count])

    def peek_cancel(self, request, readable):
        """Whether a CANCEL of this request has come; frames of others stay where they are."""
        while readable():
            piece = self._sock.recv(65536)
            if not piece:
                return True
            self._buffer += piece
        at = self._start
        while len(self._buffer) - at >= 12:
            length, found, tail = HEADER.unpack_from(self._buffer, at)
            if tail & 0xFF == CANCEL and found == request:
                return True
            at += 12 + length
        return False

    def send(self, operation, request, rows, *parts):
        length = sum(len(part) for part in parts)
        head = HEADER.pack(length, request, operation | rows << 8)
        if length < 65536:
            self._sock.sendall(b"".join((head, *parts)))
        else:
            self._sock.sendall(head)
            for part in parts:
                self._sock.sendall(part)

    def send_json(self, operation, request, value):
        self.send(operation, request, 0, json.dumps(value).encode())


def arrays_of_rows(specs, rows, payload):
    """The short form: every input has `rows` rows of a fixed width, one after the other."""
    arrays = []
    at = 0
    for spec in specs:
        count = rows * spec.width
        array = np.frombuffer(payload, spec.dtype, count, at)
        arrays.append(array.reshape((rows, *spec.shape[1:])))
        at += count * spec.dtype.itemsize
    return arrays


def arrays_of_tensors(specs, payload):
    """The long form: a JSON list of [shape, bytes], then the bytes; texts are each a length and UTF-8."""
    (size,) = LENGTH.unpack_from(payload)
    heads = json.loads(payload[4 : 4 + size])
    at = 4 + size
    arrays = []
    for spec, (shape, length) in zip(specs, heads):
        data = payload[at : at + length]
        at += length
        array = texts_of(data) if spec.dtype is None else np.frombuffer(data, spec.dtype)
        arrays.append(array.reshape(shape))
    return arrays


def texts_of(data):
    texts = []
    at = 0
    while at < len(data):
        (length,) = LENGTH.unpack_from(data, at)
        texts.append(data[at + 4 : at + 4 + length].decode())
        at += 4 + length
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def bytes_of_texts(array):
    parts = []
    for text in array.reshape(-1):
        data = text if isinstance(text, bytes) else str(text).encode()
        parts += (LENGTH.pack(len(data)), data)
    return b"".join(parts)


def answer_parts(specs, rows, arrays):
    """(operation, rows, parts) of outputs: the short form where every one has the rows and widths that were promised."""
    if rows > 0 and all(
        spec.width is not None and array.shape == (rows, *spec.shape[1:]) for spec, array in zip(specs, arrays)
    ):
        return ROWS, rows, [array.tobytes() for array in arrays]
    datas = [bytes_of_texts(array) if spec.dtype is None else array.tobytes() for spec, array in zip(specs, arrays)]
    head = json.dumps([[list(array.shape), len(data)] for array, data in zip(arrays, datas)]).encode()
    return TENSORS, 0, [LENGTH.pack(len(head)), head, *datas]
