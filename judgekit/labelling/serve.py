"""The page on a port of this machine, until somebody stops it."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from judgekit.errors import UserError
from judgekit.labelling.gate import Doors, is_loopback
from judgekit.labelling.password import Password

if TYPE_CHECKING:
    import uvicorn

    from judgekit.labelling.desk import Desk
    from judgekit.running.run import Run

SHORTEST_PASSWORD = 8
LOOPBACK = "127.0.0.1"


def make_links(annotators: Sequence[str]) -> dict[str, str | None]:
    """A fresh token for each annotator; one where the page asks who labels."""
    names: Sequence[str | None] = annotators or (None,)
    return {secrets.token_urlsafe(24): name for name in names}


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        UserError: the port is taken or not allowed, or the address is none of this machine.
    """
    if _is_short(host):
        raise UserError(f"--serve {host}: write the address in full, such as 127.0.0.1 or 0.0.0.0")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):  # the latter: a name that is too long, or has an empty part
        raise UserError(f"--serve {host}: this is no address of this machine; try 127.0.0.1 or 0.0.0.0") from None
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(f"--port {port}: another program has it; choose another, or leave --port out") from None
        why = error.strerror or str(error)
        raise UserError(f"cannot listen on {host}, port {port}: {why}; choose another with --serve or --port") from None
    return made


def _is_short(host: str) -> bool:
    """Whether it is an address of fewer than four numbers: browsers write it otherwise, and would be refused."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return host.count(".") < 3


def check_password(password: str) -> str:
    """The password.

    Raises:
        UserError: it is too short to be one.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise UserError(f"beyond this machine a password of {SHORTEST_PASSWORD} characters or more is wanted")
    return password


def urls(host: str, port: int, links: Mapping[str, str | None]) -> dict[str, str | None]:
    """The address of each link, with its annotator."""
    name = host
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        name = socket.gethostname()
    elif ":" in host and ipaddress.ip_address(host).version == 6:
        name = f"[{host}]"
    return {f"http://{name}:{port}/{token}/": annotator for token, annotator in links.items()}


def make_server(
    desk: Desk,
    *,
    host: str,
    port: int,
    links: Mapping[str, str | None],
    password: str | None = None,
    run: Run | None = None,
) -> uvicorn.Server:
    """The server, to be given its socket; it writes no log of requests: the links hold tokens.

    Raises:
        UserError: there is no password for what other machines can reach; starlette or uvicorn are missing.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ImportError as error:
        raise UserError("the labelling page needs starlette and uvicorn: pip install 'llm-judgekit[label]'") from error
    from judgekit.labelling.app import label_app

    if not is_loopback(host) and password is None:
        raise UserError(f"--serve {host}: other machines could reach this page; a password is wanted")
    app = label_app(
        desk,
        links=links,
        doors=Doors(host, port),
        password=None if password is None else Password(check_password(password)),
        run=run,
    )
    config = uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # an error is a traceback there, and every request that Ctrl-C cuts off is one
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
        limit_concurrency=256,
    )
    return uvicorn.Server(config)


def serve(server: uvicorn.Server, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Nothing; returns when it is stopped.

    Args:
        server: from `make_server`.
        listening: from `listen`.
        ready: called once, when the page can be opened.
    """
    ready()
    with listening:
        server.run(sockets=[listening])
