"""Who may speak to the page, over real HTTP: every forged, foreign or oversized request is refused."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.io.labels import load_labels
from judgekit.labelling.gate import LARGEST_BODY, Doors
from judgekit.labelling.password import Password
from judgekit.labelling.serve import check_password, listen, make_links, make_server, urls
from tests.labelling.tasks import MODELS, Page, opened, serving


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with serving(opened(tmp_path_factory.mktemp("gate")), links={"right-token": None, "bens-token": "ben"}) as made:
        assert made.ask("begin")[0] == 200
        yield made


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 403),
        ("GET", "/wrong-token/", {}, 403),
        ("GET", "/right-token", {}, 307),
        ("GET", "/right-token/", {"Host": "evil.example"}, 403),
        ("GET", "/right-token/", {"Host": "127.0.0.1:1"}, 403),
        ("GET", "/right-token/", {"Host": None}, 400),  # h11 refuses it before the gate does
        ("GET", "/right-token/", {"Host": "a@127.0.0.1:{port}"}, 403),
        ("GET", "/right-token/", {"Host": "localhost:{port}"}, 200),
        ("GET", "/right-token/page.js", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        (
            "GET",
            "/right-token/",
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
            200,
        ),  # a followed link
        ("GET", "/right-token/server.py", {}, 404),
        ("GET", "/right-token/..%2fgate.py", {}, 404),
        ("GET", "/right-token/ask/begin", {}, 405),
        ("PUT", "/right-token/ask/begin", {}, 405),
        ("POST", "/right-token/", {}, 405),
        ("POST", "/right-token/ask/begin", {"Origin": None}, 403),
        ("POST", "/right-token/ask/begin", {"Origin": "null"}, 403),
        ("POST", "/right-token/ask/begin", {"Origin": "https://evil.example"}, 403),
        ("POST", "/right-token/ask/begin", {"Origin": "http://localhost:{port}"}, 403),  # not the Host it came by
        ("POST", "/right-token/ask/begin", {"Sec-Fetch-Site": "same-site"}, 403),
        ("POST", "/right-token/ask/begin", {"Content-Type": "text/plain"}, 415),
        ("POST", "/right-token/ask/nothing", {}, 404),
        ("POST", "/right-token/ask/reveal", {}, 404),  # the page was started without --reveal
        ("POST", "/right-token/ask/begin", {"Content-Length": "99999999999999999999"}, 413),
    ],
)
def test_only_the_page_itself_may_ask(
    page: Page, method: str, path: str, headers: dict[str, str | None], status: int
) -> None:
    sent = {name: value and value.replace("{port}", str(page.port)) for name, value in headers.items()}
    body = json.dumps({"annotator": "anna"}).encode() if method == "POST" else None
    assert page.send(method, path, body, sent)[0] == status


def test_a_body_that_grows_beyond_the_limit_is_not_read(page: Page) -> None:
    body = b'{"annotator": "' + b"a" * LARGEST_BODY + b'"}'
    assert page.send("POST", "/right-token/ask/begin", body)[0] == 413
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    headers = {"Transfer-Encoding": "chunked", "Content-Length": None}
    assert page.send("POST", "/right-token/ask/begin", chunked, headers)[0] == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b"{}", 422), (b'{"annotator": 3}', 422), (b'{"annotator": "\\u0007"}', 409)],
)
def test_what_is_no_request_is_refused(page: Page, body: bytes, status: int) -> None:
    answered, _, said = page.send("POST", "/right-token/ask/begin", body)
    assert (answered, list(json.loads(said))) == (status, ["error"])


def test_every_answer_is_locked_down(page: Page) -> None:
    for path, status in (("/right-token/", 200), ("/right-token/page.css", 200), ("/no-token/", 403)):
        answered, headers, _ = page.send("GET", path)
        assert answered == status
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert "server" not in headers
        assert "set-cookie" not in headers


def test_a_link_of_ones_own_decides_who_labels(page: Page) -> None:
    bens = Page(page.port, "bens-token")
    assert bens.ask("begin", annotator="anna")[1]["annotator"] == "ben"
    assert b'data-annotator="ben"' in bens.send("GET", "/bens-token/")[2]


def test_nothing_of_a_model_is_anywhere_before_the_end(page: Page) -> None:
    seen = page.send("GET", "/right-token/")[2]
    for number in range(1, 7):
        status, told = page.ask("item", number=number)
        assert status == 200
        seen += json.dumps(told).encode()
    for name in (*MODELS, "q0", "q1", "q2"):
        assert name.encode() not in seen


def test_a_password_is_asked_for_and_guessing_is_slow(tmp_path: Path) -> None:
    def basic(word: str) -> dict[str, str | None]:
        return {"Authorization": "Basic " + base64.b64encode(f"x:{word}".encode()).decode()}

    with serving(opened(tmp_path), password="correct horse") as made:
        status, headers, _ = made.send("GET", "/right-token/")
        assert (status, headers["www-authenticate"][:5]) == (401, "Basic")
        assert made.send("GET", "/wrong/", headers=basic("correct horse"))[0] == 403
        assert made.send("GET", "/right-token/", headers=basic("correct horse"))[0] == 200
        assert made.send("GET", "/right-token/", headers={"Authorization": "Basic ?"})[0] == 401
        # even the right one has to wait now
        assert made.send("GET", "/right-token/", headers=basic("correct horse"))[0] == 429


def test_each_wrong_password_doubles_the_wait() -> None:
    now = [0.0]
    password = Password("correct horse", clock=lambda: now[0])
    waits = []
    for _ in range(9):
        assert not password.is_right("10.0.0.9", b"guess")
        waits.append(password.wait_s("10.0.0.9"))
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert password.wait_s("10.0.0.8") == 0.0
    now[0] = 60.0
    assert password.is_right("10.0.0.9", b"correct horse")
    assert password.wait_s("10.0.0.9") == 0.0


@pytest.mark.parametrize(
    ("host", "header", "admitted"),
    [
        ("127.0.0.1", "127.0.0.1:80", True),
        ("127.0.0.1", "127.0.0.1", True),  # port 80 goes without saying
        ("127.0.0.1", "[::1]:80", True),
        ("127.0.0.1", "rebound.example:80", False),
        ("127.0.0.1", "127.0.0.1:x", False),
        ("192.0.2.7", "192.0.2.7:80", True),
        ("192.0.2.7", "192.0.2.8:80", False),
        ("192.0.2.7", "localhost:80", False),
        ("0.0.0.0", "192.0.2.7:80", True),
        ("0.0.0.0", "rebound.example:80", False),
    ],
)
def test_doors(host: str, header: str, admitted: bool) -> None:
    assert Doors(host, 80).admits(header) is admitted


def test_beyond_loopback_a_good_password_is_a_must(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    links = make_links(["anna", "ben"])
    assert sorted(map(str, links.values())) == ["anna", "ben"]
    assert min(map(len, links)) >= 32
    with pytest.raises(UserError, match="a password is wanted"):
        make_server(desk, host="0.0.0.0", port=1, links=links)
    with pytest.raises(UserError, match="8 characters"):
        check_password("short")
    desk.state.close()


def test_addresses() -> None:
    assert urls("127.0.0.1", 80, {"t": "anna"}) == {"http://127.0.0.1:80/t/": "anna"}
    assert list(urls("::1", 80, {"t": None})) == ["http://[::1]:80/t/"]
    assert "0.0.0.0" not in next(iter(urls("0.0.0.0", 80, {"t": None})))


def test_a_port_that_is_taken_is_one_line() -> None:
    with listen("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(UserError, match=f"--port {port}: another program has it"):
            listen("127.0.0.1", port)
    with pytest.raises(UserError, match="no address of this machine"):
        listen("no such host", 0)
    for odd in ("a..b", "a" * 100):  # names that cannot be asked for
        with pytest.raises(UserError, match="no address of this machine"):
            listen(odd, 0)
    for short in ("0", "127.1", "2130706433"):  # a browser writes each as four numbers, and its Host is another then
        with pytest.raises(UserError, match="write the address in full"):
            listen(short, 0)
    with pytest.raises(UserError, match=r"cannot listen on 192\.0\.2\.1"):  # an address for documentation, nobody's own
        listen("192.0.2.1", 0)


def test_a_password_of_any_bytes_is_one() -> None:
    # what the environment gives for the bytes ff fe and ASCII
    assert Password("\udcff\udcfe12345678").is_right("10.0.0.9", b"\xff\xfe12345678")


def test_an_answer_too_deep_to_be_written_out_is_refused(page: Page) -> None:
    depth = 1010  # orjson reads 1024 levels, and Python writes out fewer
    body = b'{"annotator": "anna", "number": 1, "criterion": "", "value": %s}' % (b"[" * depth + b"]" * depth)
    status, _, said = page.send("POST", "/right-token/ask/answer", body)
    assert (status, "came a list" in json.loads(said)["error"]) == (422, True)


def test_a_fault_is_one_line_for_the_page_and_no_traceback(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    desk = opened(tmp_path, 2)
    with serving(desk) as made:
        made.ask("begin")
        desk.items.clear()
        status, told = made.ask("item", number=1)
    assert (status, told["error"].startswith("a fault in judgekit: IndexError")) == (500, True)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.slow  # the server waits three seconds for the request
def test_a_request_that_is_cut_off_at_the_end_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(opened(tmp_path, 2)) as made, socket.create_connection(("127.0.0.1", made.port)) as half:
        head = f"POST /right-token/ask/begin HTTP/1.1\r\nHost: 127.0.0.1:{made.port}\r\nOrigin: {made.origin}\r\n"
        half.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert made.ask("begin")[0] == 200  # by now the other one is read too
    assert capfd.readouterr().err == ""


def test_labels_that_the_page_gave_are_labels(tmp_path: Path) -> None:
    with serving(opened(tmp_path, 2)) as made:
        made.ask("begin")
        item = made.ask("item", number=1)[1]["item"]
        for value, status in ((6, 422), ("4", 422), (True, 422), (None, 422), (4.0, 422), (4, 200)):
            assert made.ask("answer", number=1, item=item, criterion="", value=value, seconds=2.5)[0] == status
        assert made.ask("answer", number=1, item=item, criterion="stance", value="agrees")[0] == 422
        assert made.ask("answer", number=3, item=item, criterion="", value=4)[0] == 404
        assert made.ask("answer", number=2, item=item, criterion="", value=4)[0] == 404
        assert made.ask("item", number="1")[0] == 404
        assert made.ask("item", number=1, annotator="stranger")[0] == 409
        assert made.ask("end")[0] == 409
        status, told = made.ask("undo")
        assert (status, told["number"], told["labelled"]) == (200, 1, 0)
        assert made.ask("answer", number=1, item=item, criterion="", value="cannot_tell")[0] == 200
    assert [(one.annotator, one.value) for one in load_labels(tmp_path / "labels.csv")] == [("anna", "cannot_tell")]
