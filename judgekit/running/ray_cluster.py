"""A Ray to run on: the one that is there, or one of our own on this machine, quiet and private, gone at the end."""

from __future__ import annotations

import logging
import math
import os
import re
import secrets
import signal
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

from judgekit.errors import JudgeError, UserError

CPUS = 0.5
"""What one actor asks of Ray: most of the time it waits for answers."""
_ALONE: Final = {"RAY_ENABLE_AUTO_CONNECT": "0"}
"""A late call into Ray must not start another one."""
_CONNECT_S = 10.0
_STORE_BYTES = 256 << 20
"""Ray's object store on this machine: blocks of transcripts on their way."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Ray that this process is connected to."""

    ray: Any
    """The module."""
    own: bool
    """Whether it was started here, on this machine, for this session alone."""

    def shortage(self, actors: int) -> str | None:
        """What the user should know where the cluster cannot start all of them now."""
        free, wanted = self.ray.available_resources().get("CPU", 0.0), CPUS * actors
        if free >= wanted:
            return None
        return (
            f"{actors} actors want {wanted:g} CPUs of the Ray cluster, and {free:g} are free: those that find none "
            "wait until others are done"
        )


@contextmanager
def connected(actors: int) -> Iterator[Cluster]:
    """A Ray to run on.

    A process that is connected already stays so. Else RAY_ADDRESS names the cluster; without it, a Ray for this session
    starts on this machine: without dashboard and usage reports, closed to others by a token, its files in a temporary
    folder. Both are left at the end.

    Args:
        actors: how many there will be.

    Raises:
        UserError: Ray is not installed.
        JudgeError: it cannot be started or reached.
    """
    loaded = sys.modules.get("ray")
    if loaded is not None and loaded.is_initialized():
        yield Cluster(loaded, own=False)
        return
    address = os.environ.get("RAY_ADDRESS", "")
    address = "" if address == "local" else address  # Ray's word for one of our own
    _check_reachable(address)
    with _environment(_ALONE if address else {**_private(), **_ALONE}):
        ray = _load()
        folder = None if address else _folder()
        with _quiet():
            try:
                _start(ray, address, {"address": address} if folder is None else _options(actors, folder))
                yield Cluster(ray, own=folder is not None)
            finally:
                ray.shutdown()
                if folder is not None:
                    rmtree(folder, ignore_errors=True)


def _check_reachable(address: str) -> None:
    """Nothing; Ray itself would try for many minutes.

    Raises:
        JudgeError: nobody listens there.
    """
    place = re.fullmatch(r"(?:ray://)?(?P<host>[^/]+):(?P<port>[0-9]{1,5})", address)
    if place is None:
        return
    try:
        socket.create_connection((place["host"].strip("[]"), int(place["port"])), timeout=_CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise JudgeError(f"Ray at {address}, which RAY_ADDRESS names, cannot be reached: {error}") from error


def _start(ray: Any, address: str, options: Mapping[str, Any]) -> None:
    here = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM) if here else None
    try:
        with _without_greeting():
            ray.init(log_to_driver=False, logging_level=logging.CRITICAL, **options)
    except Exception as error:
        where = f"at {address}, which RAY_ADDRESS names," if address else "on this machine"
        raise JudgeError(f"Ray {where} cannot be used: {' '.join(str(error).split())[:300]}") from error
    finally:
        if handler is not None:  # Ray takes the signal for itself, and then a scheduler's word would drain nothing
            signal.signal(signal.SIGTERM, handler)


def _load() -> Any:
    try:
        import pyarrow  # noqa: F401  # ray.data needs it, and says so late
        import ray
    except ImportError:
        raise UserError("--engine ray needs Ray: pip install 'llm-judgekit[ray]'") from None
    return ray


def _private() -> dict[str, str]:
    """The environment of a Ray of our own: it reports to nobody, prints nothing, and obeys only who has the token."""
    here = Path(__file__).parents[2]
    paths = [] if here.name in ("site-packages", "dist-packages") else [str(here)]  # a checkout that is not installed
    return {
        "PYTHONPATH": os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])]),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_BACKEND_LOG_LEVEL": "fatal",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    }


def _folder() -> str:
    """A folder for Ray's sockets and logs; its name is short, for that of a socket has to be."""
    return tempfile.mkdtemp(prefix=f"jk-ray-{os.getpid()}-", dir="/tmp" if Path("/tmp").is_dir() else None)  # noqa: S108


def _options(actors: int, folder: str) -> dict[str, Any]:
    return {
        "address": "local",
        "num_cpus": math.ceil(CPUS * actors) + 1,
        "object_store_memory": _STORE_BYTES,
        "include_dashboard": False,
        "_temp_dir": folder,
        "_node_ip_address": "127.0.0.1",
    }


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """These variables are set, and afterwards as they were."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _quiet() -> Iterator[None]:
    """What Ray has to say stays out of the user's terminal: errors come as exceptions, and progress is our own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ray.data  # noqa: F401  # sets its logger up

        loggers = [logging.getLogger(name) for name in ("ray", "ray.data")]
        before = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)


@contextmanager
def _without_greeting() -> Iterator[None]:
    """Standard error without the line that Ray's C++ part writes when it is told to be quiet; the rest comes later.

    It writes to the file descriptor, past Python, so that is where it has to be held.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held, os.fdopen(os.dup(2), "wb", closefd=True) as real:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(real.fileno(), 2)
            held.seek(0)
            real.writelines(line for line in held if b"RAY_BACKEND_LOG_LEVEL" not in line)
