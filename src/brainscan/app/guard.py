"""Let in only what our own page sends, and tell browsers to load nothing from elsewhere."""

from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",  # an answer is nobody's to keep
}
_READING = ("GET", "HEAD")


class Guard:
    """An ASGI application around another that refuses foreign requests.

    A page of another site can make a browser send requests here, and under a name of its own that
    it points at this address (DNS rebinding) even read the answers. Such a request bears the other
    site's name: as Host, or as Origin.

    Args:
        app: what is guarded.
        host: the address or name that the server listens at.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.is_ours = host_check(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on; add the headers to whatever is answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, partial(_send_with_headers, send))
        else:
            response = JSONResponse({"error": refusal}, 403)
            await response(scope, receive, partial(_send_with_headers, send))

    def _refusal(self, method: str, headers: Headers) -> str | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self.is_ours(hosts[0]):
            return "the request must name this server as its host; it names another."
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != hosts[0]
        crossing = headers.get("sec-fetch-site") not in (None, "same-origin", "none")
        if foreign or (crossing and method not in _READING):
            return "the request must come from this server's own page; it comes from another."
        return None


def host_check(host: str) -> Callable[[str], bool]:
    """Return what tells whether a Host header names a server that listens at ``host``.

    No name can be rebound to become an address, so an address is ours; of names, ``localhost`` and
    the one that the user gave. A server of the loopback is reached by its addresses alone.
    """
    names = {"localhost", host.lower()}
    local = _is_loopback(host)

    def is_ours(header: str) -> bool:
        try:
            parts = urlsplit(f"//{header}")
            name, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if name is None or header != parts.netloc or parts.username is not None:
            return False
        try:
            address = ip_address(name)
        except ValueError:
            return name in names
        return address.is_loopback or not local

    return is_ours


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


async def _send_with_headers(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, value in _HEADERS.items():
            headers[name] = value
    await send(message)
