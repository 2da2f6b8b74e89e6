"""A client of the web page in the same process, and answers without a network."""

import time

import httpx

from brainscan.app.limits import Limits
from brainscan.app.site import make_site

ABOUT = {"limits": {}, "card": {"facts": [], "metrics": []}}


def plain(content):
    """Answer with what came in: a scan of one slice for each ``#`` of its content."""
    if not content.startswith(b"scan"):
        raise ValueError("the file must be a scan; it is none.")
    count = content.count(b"#")
    yield {"kind": "scan", "slices": count, "shown": count}
    for number in range(count):
        yield {"kind": "slice", "number": number, "bytes": len(content)}


def slow(content):
    time.sleep(0.2)
    yield from plain(content)


def client(answer=plain, host="127.0.0.1", **limits):
    """Return a client of a site with these answers and limits."""
    site = make_site(answer, ABOUT, Limits(**limits), host)
    transport = httpx.ASGITransport(app=site, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


def headers(**others):
    """Return what the page sends with a file; None leaves one out."""
    given = {"Content-Type": "application/octet-stream", **others}
    return {key: value for key, value in given.items() if value is not None}
