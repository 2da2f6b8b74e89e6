"""Take one file from a request into memory, or say why not."""

import asyncio

from starlette.requests import Request

from brainscan.app.limits import Limits

CONTENT_TYPE = "application/octet-stream"


class RefusedError(Exception):
    """A request that is answered with an error.

    Args:
        status: of HTTP.
        message: what was expected, what came, the mend.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_body(request: Request, limits: Limits) -> bytes:
    """Return the request's body, which is one file as it is, in memory.

    Raises:
        RefusedError: it is of another content type, empty, too large, or too slow.
    """
    given = request.headers.get("content-type", "")
    if given.lower() != CONTENT_TYPE:
        raise RefusedError(415, f"Content-Type must be {CONTENT_TYPE}; got {given[:80]!r}.")
    too_large = RefusedError(413, f"a file must have at most {limits.file_mib:g} MiB; it has more.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.file_bytes:
        raise too_large
    content = bytearray()
    try:
        async with asyncio.timeout(limits.upload_s):
            async for chunk in request.stream():
                if len(content) + len(chunk) > limits.file_bytes:
                    raise too_large
                content += chunk
    except TimeoutError:
        raise RefusedError(
            408, f"a file must come in within {limits.upload_s:g} s; it did not."
        ) from None
    if not content:
        raise RefusedError(400, "a file must hold something; it is empty.")
    return bytes(content)


async def drain(request: Request, limits: Limits) -> None:
    """Let the rest of a refused body come and go, so that the client reads the answer.

    A client that is still sending may see the connection break instead. No more is taken than
    twice what is allowed, and none of it is kept.
    """
    left = 2 * limits.file_bytes
    try:
        async with asyncio.timeout(limits.upload_s):
            async for chunk in request.stream():
                left -= len(chunk)
                if left < 0:
                    return
    except (TimeoutError, RuntimeError):  # the body was read before
        return
