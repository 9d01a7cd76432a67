"""Loads the model, then answers frames until the socket closes."""

import json
import select
import sys
import traceback
import warnings

from . import wire
from .load import load
from .model import InputMistake, ModelUnusable


def serve(sock, setup):
    connection = wire.Connection(sock)
    warnings.filterwarnings("ignore")
    try:
        model = load(setup)
    except BaseException as error:
        if not isinstance(error, ModelUnusable):
            traceback.print_exc()
        connection.send_json(wire.UNLOADABLE, 0, {"reason": sentence(error)})
        return
    connection.send_json(wire.LOADED, 0, model.as_json())
    Loop(connection, sock, model).run()


class Loop:
    def __init__(self, connection, sock, model):
        self._connection = connection
        self._sock = sock
        self._model = model

    def run(self):
        while True:
            frame = self._connection.read()
            if frame is None:
                return
            operation, request, rows, payload = frame
            if operation == wire.PING:
                self._connection.send(wire.PONG, request, 0)
            elif operation == wire.INVOKE:
                self._guard(request, self._invoke, payload)
            elif operation in (wire.ROWS, wire.TENSORS):
                self._guard(request, self._predict, rows, payload)

    def _guard(self, request, work, *arguments):
        try:
            work(request, *arguments)
        except (BrokenPipeError, ConnectionError):
            raise
        except InputMistake as error:
            self._connection.send_json(wire.ERROR, request, {"reason": sentence(error), "mistake": True})
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, SystemExit)) and not isinstance(error, Exception):
                error = RuntimeError("the model asked to end its process")
            traceback.print_exc()
            sys.stderr.flush()
            self._connection.send_json(wire.ERROR, request, {"reason": sentence(error)})

    def _predict(self, request, rows, payload):
        model = self._model
        read = wire.arrays_of_rows(model.inputs, rows, payload) if rows else wire.arrays_of_tensors(model.inputs, payload)
        outputs = model.predict(read)
        operation, answered, parts = wire.answer_parts(model.outputs, rows, outputs)
        self._connection.send(operation, request, answered, *parts)

    def _invoke(self, request, payload):
        (size,) = wire.LENGTH.unpack_from(payload)
        head = json.loads(payload[4 : 4 + size])
        answer = self._model.invoke(head.get("route"), head.get("headers", {}), payload[4 + size :])
        whole = isinstance(answer.body, bytes)
        self._connection.send_json(
            wire.HEAD, request, {"status": answer.status, "headers": answer.headers, "whole": whole}
        )
        if whole:
            self._connection.send(wire.CHUNK, request, 0, answer.body)
        else:
            for piece in answer.body:
                if self._cancelled(request):
                    close = getattr(answer.body, "close", None)
                    if close is not None:
                        close()
                    break
                self._connection.send(wire.CHUNK, request, 0, piece if isinstance(piece, bytes) else str(piece).encode())
        self._connection.send(wire.END, request, 0)

    def _cancelled(self, request):
        """True when the server has asked to stop this answer; other frames wait in the buffer."""
        return self._connection.peek_cancel(request, lambda: bool(select.select([self._sock], [], [], 0)[0]))


def sentence(error):
    text = str(error).strip() or type(error).__name__
    named = text if isinstance(error, (ModelUnusable, InputMistake)) else f"{type(error).__name__}: {text}"
    return named if len(named) <= 1000 else f"{named[:1000]}…"
