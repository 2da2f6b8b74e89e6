import asyncio

import pytest

from brainscan.app.guard import host_check
from page_client import client, headers


@pytest.mark.parametrize(
    ("listening", "header", "ours"),
    [
        ("127.0.0.1", "127.0.0.1:8765", True),
        ("127.0.0.1", "localhost:8765", True),
        ("127.0.0.1", "[::1]:8765", True),
        ("127.0.0.1", "evil.example:8765", False),
        ("127.0.0.1", "127.0.0.1.evil.example", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "192.168.1.5", False),
        ("127.0.0.1", "user@127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1:port", False),
        ("127.0.0.1", "127.0.0.1/path", False),
        ("127.0.0.1", "", False),
        ("localhost", "localhost", True),
        ("0.0.0.0", "192.168.1.5:8765", True),
        ("0.0.0.0", "evil.example", False),
        ("scanner.local", "SCANNER.local:8765", True),
        ("scanner.local", "evil.example", False),
    ],
)
def test_a_host_is_an_address_or_the_name_that_was_given(listening, header, ours):
    assert host_check(listening)(header) is ours


def answer(method="POST", **given):
    async def go():
        async with client() as opened:
            path = "/answer" if method == "POST" else "/about"
            return await opened.request(method, path, content=b"scan #", headers=headers(**given))

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_only_our_own_page_may_ask(given, status):
    assert answer(**given).status_code == status


def test_reading_needs_the_host_too_and_no_page_may_read_across():
    assert answer("GET").status_code == 200
    assert answer("GET", Host="evil.example").status_code == 403
    assert answer("GET", Origin="http://evil.example").status_code == 403
    # A link from elsewhere may lead here.
    assert answer("GET", **{"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("given", [{}, {"Host": "evil.example"}, {"Content-Type": "text/plain"}])
def test_every_answer_has_the_headers(given):
    found = answer(**given).headers
    policy = found["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "no-referrer"
    assert found["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in found
