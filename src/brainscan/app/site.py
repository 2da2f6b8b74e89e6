"""The web application: a page of fixed files, facts on the model, and an answer to each file."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from importlib.resources import files
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from brainscan.app.desk import Desk
from brainscan.app.guard import Guard
from brainscan.app.limits import Limits
from brainscan.app.upload import RefusedError, drain, read_body

Answer: TypeAlias = Callable[[bytes], Iterator[dict[str, Any]]]
"""From a file's content to the lines of its answer; ValueError for what is no scan."""

RETRY_AFTER_S = 2
_log = logging.getLogger(__name__)
_KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def make_site(answer: Answer, about: dict[str, Any], limits: Limits, host: str) -> ASGIApp:
    """Return the web application.

    Nothing of a file outlives its answer: it is held in memory. Its name is not even sent, since it
    may tell who the patient is, and no path that a client gives is ever opened.

    Args:
        answer: makes the lines of an answer, one JSON object each; run in another thread.
        about: what the page says of the model.
        limits: of what is taken.
        host: the address or name that it is served at.
    """

    async def tell(_: Request) -> Response:
        return JSONResponse(about)

    site = Starlette(
        routes=[
            *_fixed_files(),
            Route("/about", tell, methods=["GET"]),
            Route("/answer", Answering(answer, limits), methods=["POST"]),
        ],
    )
    return Guard(site, host)


class Answering:
    """An ASGI application that answers one file a request.

    Args:
        answer: makes the lines of an answer.
        limits: of what is taken.
    """

    def __init__(self, answer: Answer, limits: Limits) -> None:
        self.answer = answer
        self.limits = limits
        self.desk = Desk(limits.waiting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a place, read the file, wait for the turn, answer."""
        request = Request(scope, receive)
        with self.desk.place() as free, suppress(ClientDisconnect):
            try:
                if not free:
                    raise _busy()
                content = await read_body(request, self.limits)
                async with self.desk.turn(self.limits.answer_s):
                    response = await self._respond(content)
                    await self._send(response, scope, receive, send)
            except (RefusedError, TimeoutError) as problem:
                error = problem if isinstance(problem, RefusedError) else _busy()
                await drain(request, self.limits)
                headers = {"Retry-After": str(RETRY_AFTER_S)} if error.status == 503 else None
                refusal = JSONResponse({"error": str(error)}, error.status, headers)
                await refusal(scope, receive, send)

    async def _respond(self, content: bytes) -> Response:
        """Read the scan, so that one that is none is told by the status; then stream."""
        lines = self.answer(content)
        try:
            first = await run_in_threadpool(next, lines)
        except (ValueError, ImportError) as error:  # no scan, or one whose extra is missing
            raise RefusedError(422, str(error)) from None
        except Exception as error:  # noqa: BLE001  whatever a strange file brings about
            raise RefusedError(500, _ours(error)) from None

        async def stream() -> AsyncGenerator[bytes]:
            yield _line(first)
            try:
                async for line in iterate_in_threadpool(lines):
                    yield _line(line)
            except ValueError as error:
                yield _line({"kind": "error", "error": str(error)})
            except Exception as error:  # noqa: BLE001
                yield _line({"kind": "error", "error": _ours(error)})
            else:
                yield _line({"kind": "end"})

        return StreamingResponse(stream(), media_type="application/x-ndjson")

    async def _send(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Send an answer; one that a client takes too long to fetch breaks off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limits.answer_s):
                await response(scope, receive, send)


def _busy() -> RefusedError:
    return RefusedError(503, "the server is busy: every place is taken. Try again.")


def _ours(error: Exception) -> str:
    """Tell of an error of ours; the log has its kind alone, as its text may name a patient."""
    _log.error("an answer failed: %s", type(error).__name__)
    return f"the file could not be answered, by an error of ours ({type(error).__name__})."


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, allow_nan=False).encode() + b"\n"


def _fixed_files() -> list[Route]:
    """Return a route for each file of the page, read once: no path is made of a request."""
    routes: list[Route] = []
    for file in files("brainscan.app").joinpath("static").iterdir():
        kind = _KINDS.get(f".{file.name.rpartition('.')[2]}")
        if kind is not None:
            path = "/" if file.name == "index.html" else f"/{file.name}"
            routes.append(_fixed(path, file.read_bytes(), kind))
    return routes


def _fixed(path: str, content: bytes, kind: str) -> Route:
    async def give(_: Request) -> Response:
        return Response(content, media_type=kind)

    return Route(path, give, methods=["GET"])
