"""The page as a web application: its files, and what it asks for, each a POST with a JSON object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from judgekit.errors import JudgekitError
from judgekit.labelling.desk import Desk, Refusal
from judgekit.labelling.finish import agreement, check_finished, reveal
from judgekit.labelling.gate import Doors, Gate
from judgekit.labelling.password import Password
from judgekit.reporting.plain import one_line

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from judgekit.running.run import Run

WEB = Path(__file__).parent / "web"
_FILES: Mapping[str, str] = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "marks.js": "text/javascript; charset=utf-8",
    "parts.js": "text/javascript; charset=utf-8",
    "server.js": "text/javascript; charset=utf-8",
    "clock.js": "text/javascript; charset=utf-8",
    "end.js": "text/javascript; charset=utf-8",
}
Told = Mapping[str, Any]


def label_app(
    desk: Desk,
    *,
    links: Mapping[str, str | None],
    doors: Doors,
    password: Password | None = None,
    run: Run | None = None,
) -> ASGIApp:
    """The application, behind its gate.

    Args:
        desk: the labelling task.
        links: from a token to its annotator; None where the page asks who labels.
        doors: the addresses by which it may be reached.
        password: asked for beyond loopback.
        run: the judge's verdicts, shown when all is labelled; None: they are not shown.
    """
    from starlette.applications import Starlette
    from starlette.routing import Route

    asked = _asked(desk, run)

    async def page(request: Request) -> Response:
        from starlette.responses import HTMLResponse

        return HTMLResponse(page_html(desk, request.scope["annotator"], can_reveal=run is not None))

    async def file(request: Request) -> Response:
        from starlette.responses import PlainTextResponse
        from starlette.responses import Response as Plain

        name = request.path_params["name"]
        if name not in _FILES:
            return PlainTextResponse("there is no such page\n", 404)
        return Plain(_content(name), media_type=_FILES[name])

    async def ask(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        act = asked.get(request.path_params["name"])
        try:
            if act is None:
                raise Refusal(404, "there is no such page")
            told = _told(request.headers.get("content-type", ""), await request.body())
            name = _name(request.scope["annotator"], told)
            return _json(200, await run_in_threadpool(act, name, told))
        except Refusal as error:
            return _json(error.status, {"error": str(error)})
        except JudgekitError as error:
            return _json(409, {"error": one_line(str(error), 600)})
        except Exception as error:  # noqa: BLE001 - the page shows one line, and the terminal no traceback
            return _json(500, {"error": one_line(f"a fault in judgekit: {type(error).__name__}: {error}", 600)})

    routes = [
        Route("/", page, methods=["GET"]),
        Route("/{name}", file, methods=["GET"]),
        Route("/ask/{name}", ask, methods=["POST"]),
    ]
    return Gate(Starlette(routes=routes), links=links, doors=doors, password=password)


def page_html(desk: Desk, annotator: str | None, *, can_reveal: bool) -> str:
    """The empty page: nothing of any transcript is in it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(WEB), autoescape=True, undefined=StrictUndefined)
    template = environment.get_template("page.html.j2")
    rubric = desk.rubric
    return template.render(
        title=rubric.title or rubric.name, summary=rubric.summary, annotator=annotator, can_reveal=can_reveal
    )


def _asked(desk: Desk, run: Run | None) -> Mapping[str, Callable[[str, Told], dict[str, Any]]]:
    def end(name: str, told: Told) -> dict[str, Any]:
        check_finished(desk, name)
        return agreement(desk) | {"can_reveal": run is not None, "revealed": desk.state.revealed}

    def show_judge(name: str, told: Told) -> dict[str, Any]:
        if run is None:
            raise Refusal(404, "the judge's verdicts are not shown here")
        check_finished(desk, name)
        return reveal(desk, run, name)

    return {
        "begin": lambda name, told: desk.begin(name),
        "item": lambda name, told: desk.item(name, told.get("number")),
        "answer": desk.answer,
        "note": desk.note,
        "undo": lambda name, told: desk.undo(name),
        "end": end,
        "reveal": show_judge,
    }


def _told(content_type: str, body: bytes) -> Told:
    if content_type.partition(";")[0].strip().casefold() != "application/json":
        raise Refusal(415, "JSON was wanted")
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "this is not JSON") from None
    if not isinstance(told, dict):
        raise Refusal(400, "a JSON object was wanted")
    return told


def _name(of_link: str | None, told: Told) -> str:
    name = told.get("annotator") if of_link is None else of_link
    if not isinstance(name, str) or not name.strip():
        raise Refusal(422, "say who labels: a name was wanted")
    return name


def _json(status: int, content: Mapping[str, Any]) -> Response:
    from starlette.responses import Response as Plain

    return Plain(orjson.dumps(content), status, media_type="application/json")


@cache
def _content(name: str) -> bytes:
    return (WEB / name).read_bytes()
