import asyncio
import json
import logging
import re
from importlib.resources import files

import pytest

from page_client import client, headers, slow


def lines(response):
    return [json.loads(line) for line in response.text.splitlines()]


def run(coroutine):
    return asyncio.run(coroutine)


async def post(opened, content=b"scan #", **given):
    async with opened:
        return await opened.post("/answer", content=content, headers=headers(**given))


def test_a_file_in_its_lines_out():
    response = run(post(client(), b"scan ##"))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/x-ndjson")
    assert [line["kind"] for line in lines(response)] == ["scan", "slice", "slice", "end"]


def test_what_is_no_scan_is_refused_with_the_reason():
    response = run(post(client(), b"anything"))
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"error": "the file must be a scan; it is none."}


def test_a_missing_extra_is_named():
    def lacking(content):
        raise ImportError("pydicom is needed here. pip install 'brainscan[dicom]'")
        yield

    response = run(post(client(lacking)))
    assert response.status_code == 422
    assert "brainscan[dicom]" in response.json()["error"]


@pytest.mark.parametrize(
    ("given", "status", "message"),
    [
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415, "Content-Type must be"),
        ({"Content-Type": "text/plain"}, 415, "got 'text/plain'"),
        ({"Content-Type": None}, 415, "got ''"),
    ],
)
def test_a_request_of_another_form_is_refused(given, status, message):
    response = run(post(client(), **given))
    assert response.status_code == status
    assert message in response.json()["error"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "<script>.png"])
def test_a_name_or_path_that_is_sent_all_the_same_is_not_looked_at(name, monkeypatch):
    opened = client()
    monkeypatch.setattr("pathlib.Path.open", None)
    given = {"X-File-Name": name, "Content-Disposition": f'attachment; filename="{name}"'}
    response = run(post(opened, **given))
    assert response.status_code == 200
    assert name not in response.text


def test_an_empty_file_is_refused():
    response = run(post(client(), b""))
    assert (response.status_code, response.json()["error"]) == (
        400,
        "a file must hold something; it is empty.",
    )


def test_a_file_that_is_too_large_is_refused_whether_or_not_it_says_so():
    limit = 1 / 1024

    async def pieces():
        for _ in range(20):
            yield b"scan" * 25

    for content in (b"scan" * 300, pieces()):
        response = run(post(client(file_mib=limit), content))
        assert response.status_code == 413
        assert "at most 0.000976562 MiB" in response.json()["error"]


def test_a_file_that_comes_too_slowly_is_refused():
    async def pieces():
        yield b"scan"
        await asyncio.sleep(5)

    response = run(post(client(upload_s=0.05), pieces()))
    assert response.status_code == 408


def test_an_error_of_ours_says_no_more_than_its_kind(caplog):
    def broken(content):
        raise RuntimeError("scan of Jane Doe")
        yield

    def breaks_later(content):
        yield {"kind": "scan"}
        raise KeyError("Jane Doe")

    with caplog.at_level(logging.DEBUG):
        first, later = run(post(client(broken))), run(post(client(breaks_later)))
    assert first.status_code == 500
    assert "error of ours (RuntimeError)" in first.json()["error"]
    assert lines(later)[-1]["error"].endswith("error of ours (KeyError).")
    assert "RuntimeError" in caplog.text
    for text in (first.text, later.text, caplog.text):
        assert "Jane" not in text


def test_a_scan_that_breaks_off_says_so():
    def half(content):
        yield {"kind": "scan"}
        raise ValueError("slice 2 must be whole; it is not.")

    assert lines(run(post(client(half))))[-1] == {
        "kind": "error",
        "error": "slice 2 must be whole; it is not.",
    }


def test_fifty_at_once_are_answered_or_told_to_wait():
    inside = []

    def counted(content):
        inside.append(len(content))
        yield from slow(content)

    async def all_of_them():
        async with client(counted, waiting=3) as opened:
            return await asyncio.gather(
                *(opened.post("/answer", content=b"scan #", headers=headers()) for _ in range(50))
            )

    responses = run(all_of_them())
    statuses = [response.status_code for response in responses]
    assert statuses.count(200) == len(inside) == 3
    assert statuses.count(503) == 47
    assert {r.headers["retry-after"] for r in responses if r.status_code == 503} == {"2"}


def test_one_is_served_at_a_time():
    now = 0

    def alone(content):
        nonlocal now
        now += 1
        assert now == 1
        yield from slow(content)
        now -= 1

    async def several():
        async with client(alone) as opened:
            return await asyncio.gather(
                *(opened.post("/answer", content=b"scan #", headers=headers()) for _ in range(4))
            )

    assert [response.status_code for response in run(several())] == [200] * 4


def test_a_place_is_free_again_whatever_became_of_the_request():
    async def many():
        async with client(waiting=1) as opened:
            for content in (b"none", b"", b"scan #"):
                for _ in range(3):
                    response = await opened.post("/answer", content=content, headers=headers())
                    assert response.status_code != 503

    run(many())


def test_nobody_waits_for_ever():
    async def both():
        async with client(slow, answer_s=0.05) as opened:
            return await asyncio.gather(
                *(opened.post("/answer", content=b"scan #", headers=headers()) for _ in range(2))
            )

    assert 503 in [response.status_code for response in run(both())]


def test_the_page_is_given_and_loads_nothing_from_elsewhere():
    async def fetch(*paths):
        async with client() as opened:
            return [await opened.get(path) for path in paths]

    page, style, script = run(fetch("/", "/style.css", "/page.js"))
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert style.headers["content-type"].startswith("text/css")
    assert script.headers["content-type"].startswith("text/javascript")
    folder = files("brainscan.app").joinpath("static")
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|eval\(|\son\w+=", text)
    assert "<style" not in page.text
    assert " style=" not in page.text
    assert "Research use only" in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/../limits.py",
        "/..%2flimits.py",
        "/%2e%2e/limits.py",
        "/static/page.js",
        "/page.js/",
        "//etc/passwd",
        "/index.html%00.js",
    ],
)
def test_no_other_path_is_opened(path):
    async def fetch():
        async with client() as opened:
            return await opened.get(path)

    assert run(fetch()).status_code in (307, 404)


def test_nothing_of_a_file_is_written(monkeypatch):
    import builtins
    import io
    import os
    import tempfile

    opened = client()

    def refuse(*arguments, **_):
        raise AssertionError(f"opened {arguments}")

    for module, name in (
        (builtins, "open"),
        (io, "open"),
        (os, "open"),
        (tempfile, "SpooledTemporaryFile"),
        (tempfile, "NamedTemporaryFile"),
    ):
        monkeypatch.setattr(module, name, refuse)
    assert run(post(opened, b"scan #" + bytes(3_000_000))).status_code == 200
