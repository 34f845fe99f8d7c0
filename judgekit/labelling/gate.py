"""Who may speak to the page: the holder of a link, from this page, by this address. Everything else is refused."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from judgekit.labelling.password import Password

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 256 * 1024
"""Bytes of a request: a comment and some marks are less."""
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Doors:
    """Which `Host` headers name this server: others are of a page whose name was bent to this address.

    Args:
        host: what the server listens on.
        port: its port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._port = port
        self._any = host in ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
        names = {host.casefold()}
        if is_loopback(host):
            names |= {"127.0.0.1", "localhost", "::1"}
        if self._any:
            names = {"localhost", socket.gethostname().casefold()}
        self._names = frozenset(names)

    def admits(self, host: str) -> bool:
        """Whether the header names this server."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = (parts.hostname or "").casefold(), parts.port or 80
        except ValueError:
            return False
        if port != self._port or parts.netloc != host or "@" in host:
            return False
        # An address as such cannot be bent; a name can, unless it is our own.
        return name in self._names or (self._any and _is_address(name))


class Gate:
    """Lets through what carries a link's token, by an address of this server; writes only from its own page.

    The token is the first part of every path, so no cookie is needed that another page could make use of. What is let
    through has the token's annotator in the scope, under `annotator`: a name, or None where the page asks for it.

    Args:
        app: the page.
        links: from a token to its annotator.
        doors: the addresses.
        password: beyond loopback.
    """

    def __init__(
        self, app: ASGIApp, *, links: Mapping[str, str | None], doors: Doors, password: Password | None = None
    ) -> None:
        self._app, self._links, self._doors, self._password = app, links, doors, password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        from starlette.responses import PlainTextResponse

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        token, _, rest = scope["path"].removeprefix("/").partition("/")
        refusal = self._refused(scope, headers, token)
        if refusal is None and scope["path"] == f"/{token}":  # what the page asks for stands below its own address
            refusal = (307, "the page is one level below", {"location": f"/{token}/"})
        if refusal is None:
            body = await _body(receive, headers)
            if body is not None:
                path = f"/{rest}"
                inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
                inner["annotator"] = self._links[token]
                await self._app(inner, _replay(body, receive), guarded)
                return
            refusal = (413, f"a request of at most {LARGEST_BODY:,} bytes was wanted", {"connection": "close"})
        status, said, more = refusal
        await PlainTextResponse(f"{said}\n", status, more)(scope, receive, guarded)

    def _refused(
        self, scope: Scope, headers: Mapping[bytes, str], token: str
    ) -> tuple[int, str, dict[str, str]] | None:
        """Status, reason and headers of a refusal; None for what may pass."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = _header(headers, "host")
        if len(hosts) != 1 or not self._doors.admits(host):
            return 403, "refused: the Host header does not name this server", {}
        if not sum(hmac.compare_digest(token.encode(), known.encode()) for known in self._links):
            return 403, "refused: open the link that `judgekit label` printed, the token in it included", {}
        site = _header(headers, "sec-fetch-site")
        is_visit = _header(headers, "sec-fetch-mode") == "navigate" and scope["method"] == "GET"
        if site not in ("", "same-origin", "none") and not is_visit:
            return 403, "refused: the request comes from another site", {}
        if scope["method"] not in ("GET", "HEAD") and _header(headers, "origin") != f"http://{host}":
            return 403, "refused: the request does not come from this page", {}
        return None if self._password is None else self._unknown(self._password, scope, headers)

    def _unknown(
        self, password: Password, scope: Scope, headers: Mapping[bytes, str]
    ) -> tuple[int, str, dict[str, str]] | None:
        address = scope["client"][0] if scope.get("client") else ""
        if (wait_s := password.wait_s(address)) > 0:
            return 429, "too many wrong passwords: wait a little", {"retry-after": str(int(wait_s) + 1)}
        ask = {"www-authenticate": 'Basic realm="judgekit label", charset="UTF-8"'}
        scheme, _, given = _header(headers, "authorization").partition(" ")
        if scheme.casefold() != "basic":
            return 401, "a password is wanted; any user name will do", ask
        try:
            word = base64.b64decode(given, validate=True).partition(b":")[2]
        except (ValueError, binascii.Error):
            word = b""
        return None if password.is_right(address, word) else (401, "this is not the password", ask)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there.

    >>> [is_loopback(one) for one in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    return host.casefold() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _header(headers: Mapping[bytes, str], name: str) -> str:
    return headers.get(name.encode(), "").strip()


async def _body(receive: Receive, headers: Mapping[bytes, str]) -> bytes | None:
    """The body, or None where it is too large; no more of it is read then."""
    declared = _header(headers, "content-length")
    if declared and (not declared.isdecimal() or int(declared[:12]) > LARGEST_BODY):
        return None
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
