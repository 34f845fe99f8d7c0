"""One process that judges for all assertions of a promptfoo run; they reach it by a socket that only this user can."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import socket
import socketserver
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from judgekit.integrations.rubric_judge import RubricJudge

_IDLE_S = 900.0
_LOOK_S = 0.2
_START_S = 30.0
_LONGEST_PATH = 100


def ask(setup: str, request: bytes) -> dict[str, Any] | None:
    """What the keeper of this run says, which is started where there is none; None where none can be.

    Args:
        setup: what the judge is made of, as JSON.
        request: one output with what is known about it, as JSON.

    Raises:
        UserError: the judge cannot be made, or refuses the request.
    """
    from judgekit.errors import UserError

    folder = _folder()
    who = hashlib.sha256("\0".join([setup, str(Path.cwd()), sys.executable]).encode()).hexdigest()[:16]
    where = None if folder is None else folder / f"{os.getppid()}-{who}"
    if where is None or len(str(where)) > _LONGEST_PATH:
        return None
    with where.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # assertions run side by side, and one keeper is enough
        line = _connected(where) or _started(where, setup)
    if line is None:
        return None
    with line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        with line.makefile("rb") as reply:
            text = reply.read()
    if not text:  # it ended in the middle: judge here
        return None
    found: dict[str, Any] = json.loads(text)
    if "error" in found:
        raise UserError(found["error"])
    return found


def _folder() -> Path | None:
    """A folder that belongs to this user and is closed to others; None where somebody else holds its name."""
    folder = Path(tempfile.gettempdir()) / f"judgekit-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    held = folder.lstat()
    ours = stat.S_ISDIR(held.st_mode) and held.st_uid == os.getuid() and not held.st_mode & 0o077
    return folder if ours else None


def _connected(where: Path) -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.connect(str(where))
    except OSError:
        line.close()
        return None
    return line


def _started(where: Path, setup: str) -> socket.socket | None:
    """A line to a new keeper; it has nothing of the pipes for whose end promptfoo waits."""
    where.unlink(missing_ok=True)
    keeper = subprocess.Popen(  # noqa: S603 — our own module, with a path of our own
        [sys.executable, "-m", __name__, str(where), str(os.getppid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert keeper.stdin is not None
    with contextlib.suppress(BrokenPipeError), keeper.stdin as stdin:
        stdin.write(setup.encode())
    until = time.monotonic() + _START_S
    while time.monotonic() < until and keeper.poll() is None:
        if (line := _connected(where)) is not None:
            keeper.returncode = 0  # it outlives this process, and is nobody's zombie: init takes it over
            return line
        time.sleep(0.01)
    return None


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, where: str, setup: dict[str, Any]) -> None:
        self.setup = setup
        self.used = time.monotonic()
        self._making = threading.Lock()
        self._judge: RubricJudge | None = None
        super().__init__(where, _Handler)

    def judge(self) -> RubricJudge:
        """Made by the first request, so that the socket is there at once."""
        from judgekit.integrations.promptfoo import rubric_judge

        with self._making:
            if self._judge is None:
                self._judge = rubric_judge(self.setup)
            return self._judge


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Answers one request; what goes wrong is said in one line."""
        from judgekit.integrations.promptfoo import graded

        if not (text := self.rfile.read()):
            return
        self.server.used = time.monotonic()
        try:
            found = graded(self.server.judge(), json.loads(text))
        except Exception as error:  # noqa: BLE001 — the assertion raises it again
            found = {"error": " ".join(str(error).split())}
        self.wfile.write(json.dumps(found).encode())


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> None:
    """Judges until promptfoo has ended, or nothing was asked for a quarter of an hour."""
    where, promptfoo = Path(sys.argv[1]), int(sys.argv[2])
    with _Server(str(where), json.load(sys.stdin)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        while _alive(promptfoo) and time.monotonic() - server.used < _IDLE_S:
            time.sleep(_LOOK_S)
    for left in (where, where.with_suffix(".lock")):
        left.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
