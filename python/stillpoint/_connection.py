"""One runtime process that answers many calls, from any thread (docs/serve.md has the protocol)."""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import tempfile
import threading
from typing import IO, Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from ._errors import RuntimeLost, RuntimeMissing, StillpointError, error_of
from ._runtime import environment, find_runtime

Message = Dict[str, Any]

_PROTOCOL = 1
_SECONDS_TO_START = 60.0
_SECONDS_TO_END = 3.0
_MOST_SAID = 2000


class Call:
    """One request that is not answered yet: its messages, as the reader puts them there."""

    def __init__(self, connection: "Connection", number: int) -> None:
        self.number = number
        self._connection = connection
        self._messages: "queue.SimpleQueue[Any]" = queue.SimpleQueue()
        self.put = self._messages.put

    def send(self, message: Message) -> None:
        """Sends a message that belongs to this request."""
        self._connection.send({"id": self.number, **message})

    @property
    def pending(self) -> bool:
        """Whether a message is there."""
        return not self._messages.empty()

    def next(self, wait: bool = True) -> Optional[Message]:
        """The next message; None if there is none and it is not to be waited for.

        Raises
        ------
        RuntimeLost
            If the runtime has ended.
        """
        try:
            message = self._messages.get(wait)
        except queue.Empty:
            return None
        if isinstance(message, StillpointError):
            # what comes after it is the same
            self.put(message)
            raise RuntimeLost(str(message), message.code)
        return message

    def cancel(self) -> None:
        """Asks for an early end. Whatever is answered still is not heard."""
        self._connection.forget(self.number)
        try:
            self._connection.send({"cancel": self.number})
        except RuntimeLost:
            pass

    def close(self) -> None:
        """No more messages are wanted."""
        self._connection.forget(self.number)


class Connection:
    """A runtime process and the calls that it has in work.

    A thread of its own reads the answers. It ends with the process, and the process ends with this one, however that ends:
    its standard input closes then.
    """

    def __init__(self, command: List[str]) -> None:
        self._command = command
        self._calls: Dict[int, Call] = {}
        self._number = 0
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._lost: Optional[RuntimeLost] = None
        self._why: Optional[Tuple[str, str]] = None
        # not a pipe, which would have to be read; and it has no name
        self._said: IO[bytes] = tempfile.TemporaryFile(prefix="stillpoint-")
        try:
            self._process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env=environment(),
                # Ctrl-C is for this process, which then cancels what it has asked for
                start_new_session=True,
            )
        except OSError as error:
            self._said.close()
            raise RuntimeMissing(f"can't start {command[0]}: {error}") from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to = self._process.stdin
        self._from = self._process.stdout
        hello = self._calls[0] = Call(self, 0)
        threading.Thread(target=self._read, name="stillpoint", daemon=True).start()
        silence = f"it said nothing for {_SECONDS_TO_START:.0f} s"
        timer = threading.Timer(_SECONDS_TO_START, self._fail, [silence, "LOST"])
        timer.daemon = True
        timer.start()
        try:
            self.facts = hello.next() or {}
            if self.facts.get("protocol") != _PROTOCOL:
                raise RuntimeLost(f"{command[0]} speaks another protocol than this package: {self.facts}", "BAD_OUTPUT")
        except BaseException:
            self.close()
            raise
        finally:
            timer.cancel()
            self.forget(0)

    @property
    def is_open(self) -> bool:
        """Whether calls can be made."""
        return self._lost is None

    @property
    def process_id(self) -> int:
        """The process of the runtime."""
        return self._process.pid

    def begin(self, request: Message) -> Call:
        """Sends a request; its answers come to the call that is returned."""
        with self._lock:
            self._refuse()
            self._number += 1
            call = self._calls[self._number] = Call(self, self._number)
        try:
            call.send(request)
        except BaseException:
            call.close()
            raise
        return call

    def ask(self, request: Message, on_progress: Optional[Callable[[Message], None]] = None) -> Any:
        """The result of a request that has one answer. Raises StillpointError."""
        return self.answer(request, on_progress)["result"]

    def answer(self, request: Message, on_progress: Optional[Callable[[Message], None]] = None) -> Message:
        """The one answer to a request, with what stands beside its result. Raises StillpointError."""
        call = self.begin(request if on_progress is None else {**request, "progress": True})
        try:
            while True:
                message = call.next()
                assert message is not None
                if "result" in message:
                    return message
                if "error" in message:
                    raise error_of(message["error"])
                if on_progress is not None and "progress" in message:
                    on_progress(message["progress"])
        except StillpointError:
            raise
        except BaseException:
            # Ctrl-C, or an error of on_progress
            call.cancel()
            raise
        finally:
            call.close()

    def send(self, message: Message) -> None:
        """Writes one line. Waits while the runtime reads no more than it can hold."""
        text = json.dumps(message, allow_nan=False, separators=(",", ":"), default=_plain)
        line = memoryview(text.encode() + b"\n")
        sent = 0
        with self._writing:
            self._refuse()
            try:
                while sent < len(line):
                    sent += os.write(self._to.fileno(), line[sent:])
            except OSError as error:
                self._fail("", "LOST")
                raise RuntimeLost(str(self._lost)) from error
            except BaseException:
                # half a line would spoil the next one
                if 0 < sent < len(line):
                    self._fail("a request was interrupted while it was sent", "LOST")
                raise

    def forget(self, number: int) -> None:
        """Messages of this call are dropped from now on."""
        with self._lock:
            self._calls.pop(number, None)

    def close(self) -> None:
        """Ends the process, and waits for its end."""
        self._mark("it was ended", "LOST")
        self._close_input()
        self._wait()

    def leave(self) -> None:
        """In a forked child: lets go of what belongs to the parent. No lock of the parent's threads is taken."""
        self._lost = RuntimeLost("the runtime belongs to the process that this one was forked from")
        self._process.returncode = 0
        # these are not buffered, so that nothing is written by closing them
        for stream in (self._to, self._from, self._said):
            stream.close()

    def _read(self) -> None:
        """Gives each message to its call, until the process ends."""
        pending: List[bytes] = []
        reason, code = "", "LOST"
        try:
            while not self._from.closed:
                chunk = os.read(self._from.fileno(), 1 << 18)
                if not chunk:
                    break
                *lines, rest = chunk.split(b"\n")
                for line in lines:
                    self._deliver(b"".join([*pending, line]))
                    pending = []
                if rest:
                    pending.append(rest)
        except _BadOutput as error:
            reason, code = str(error), "BAD_OUTPUT"
            self._process.kill()
        except OSError:
            pass
        self._wait()
        self._mark(reason, code)
        self._close_input()
        self._from.close()
        self._said.close()

    def _deliver(self, line: bytes) -> None:
        try:
            message: Message = json.loads(line)
            if type(message) is not dict:
                raise ValueError("it is no object")
            number = message.get("id", 0)
            if number == 0 and "protocol" not in message:
                raise ValueError("it has no id")
        except (ValueError, KeyError) as error:
            shown = line[:80].decode("utf-8", "replace").encode("unicode_escape").decode("ascii")
            raise _BadOutput(f"it answered with what is no message ({error}): {shown}") from error
        with self._lock:
            call = self._calls.get(number) if isinstance(number, int) else None
        if call is not None:
            call.put(message)

    def _fail(self, reason: str, code: str) -> None:
        """Ends a process that can't be used any more, and tells all calls."""
        # the reader must not give its end as the reason
        self._why = self._why or (reason, code)
        self._process.kill()
        self._wait()
        self._mark(reason, code)

    def _mark(self, reason: str, code: str) -> None:
        reason, code = self._why or (reason, code)
        with self._lock:
            if self._lost is None:
                self._lost = RuntimeLost(self._words(reason), code)
            calls = list(self._calls.values())
            self._calls.clear()
        for call in calls:
            call.put(self._lost)

    def _wait(self) -> None:
        """Waits for the end of the process, but not long; no zombie is left."""
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _close_input(self) -> None:
        if not self._writing.acquire(timeout=_SECONDS_TO_END):
            # a thread is in the middle of a line that nobody reads
            self._process.kill()
            self._writing.acquire()
        self._to.close()
        self._writing.release()

    def _refuse(self) -> None:
        if self._lost is not None:
            raise RuntimeLost(str(self._lost), self._lost.code)

    def _words(self, reason: str) -> str:
        returned = self._process.poll()
        ended = "" if returned is None else f"it ended with {f'signal {-returned}' if returned < 0 else f'code {returned}'}"
        try:
            size = os.fstat(self._said.fileno()).st_size
            said = os.pread(self._said.fileno(), _MOST_SAID, max(0, size - _MOST_SAID)) if hasattr(os, "pread") else b""
        except (OSError, ValueError):
            said = b""
        what = [reason or ended or "it ended", said.decode("utf-8", "replace").strip()]
        return f"the runtime {self._command[0]} did not answer: {'; '.join(part for part in what if part)}"


class _BadOutput(ValueError):
    """What the runtime says is no message."""


_lock = threading.RLock()
_connections: Dict[Tuple[str, ...], Connection] = {}
_left: List[Connection] = []
"""Connections of the parent of a forked process: kept, so that nobody waits for their processes."""


def _plain(value: Any) -> Any:
    """A number of NumPy, which JSON does not know."""
    number = value
    for kind, plain in ((np.bool_, bool), (np.integer, int), (np.floating, float)):
        if isinstance(value, kind):
            return plain(number)
    raise TypeError(f"{type(value).__name__} can't be an option")


def connect(command: Optional[List[str]] = None) -> Connection:
    """The connection for a command, or for the runtime of this machine; started where there is none."""
    key = tuple(command or ())
    with _lock:
        found = _connections.get(key)
        if found is None or not found.is_open:
            line = find_runtime().command() if command is None else command
            found = _connections[key] = Connection([*line, "serve", "--stdio"])
        return found


def shutdown() -> None:
    """Ends all runtime processes of this process. The next call starts a new one."""
    with _lock:
        open_ones = list(_connections.values())
        _connections.clear()
    for connection in open_ones:
        connection.close()


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()
    for connection in _connections.values():
        connection.leave()
    _left.extend(_connections.values())
    _connections.clear()


atexit.register(shutdown)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _lock.acquire(), after_in_parent=lambda: _lock.release(), after_in_child=_after_fork
    )
