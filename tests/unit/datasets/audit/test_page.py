import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from brainscan.datasets import audit, group_near_duplicates
from brainscan.datasets.audit import preview
from brainscan.datasets.dataset import Dataset


def data_of(images, ids):
    names = ("<no>", "yes & more")
    groups = group_near_duplicates(images)
    return Dataset("<b>set</b>", images, groups % 2, ids, groups, names)


@pytest.fixture
def report(head):
    images = [head(0), head(1), np.fliplr(head(0)), np.zeros((64, 64), np.uint8)]
    ids = ("<script>alert(1)</script>", "b'\"", "c&d", "e")
    return audit(data_of(images, ids), progress=False)


def test_the_page_is_well_formed_and_names_in_it_are_escaped(report):
    page = report.to_html()
    assert "<script" not in page
    assert "<b>set" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (&lt;no&gt;)" in page
    stack = []

    class Check(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "img"):
                stack.append(tag)

        def handle_endtag(self, tag):
            assert stack.pop() == tag

    Check().feed(page)
    assert stack == []


def test_the_page_needs_no_other_file_and_shows_each_copy(report, head):
    sources = re.findall(r"src='([^']*)'", report.to_html())
    assert "http" not in report.to_html()
    assert len(sources) == 3  # two copies and the blank outlier
    content = base64.b64decode(sources[0].removeprefix("data:image/png;base64,"))
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.shape == (128, 128)
    np.testing.assert_allclose(cv2.resize(picture, (64, 64)), head(0), atol=25)


def test_more_pictures_than_a_page_can_hold_are_counted(head, monkeypatch):
    monkeypatch.setattr(preview, "_MOST", 4)
    monkeypatch.setattr(preview, "_OF_A_GROUP", 2)
    images = [head(i // 3) for i in range(12)]
    page = audit(data_of(images, tuple("abcdefghijkl")), progress=False).to_html()
    assert page.count("<img") == 4
    assert page.count("And 1 more.") == 2
    assert "And 2 more, which the JSON has." in page


def test_a_conflict_within_the_other_set_is_shown(head):
    one = data_of([head(0), head(1)], ("a", "b"))
    other = data_of([head(2), head(3), head(2)], ("c", "d", "e"))
    other = replace(other, name="more", labels=np.array([0, 0, 1]))
    page = audit(one, other, progress=False).to_html()
    assert "more: e (yes &amp; more)" in page
    assert page.count("<img") == 2
    assert "which the JSON has" not in page


def test_the_json_has_plain_values(report):
    values = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert values["near_copies"][0]["ids"] == ["<script>alert(1)</script>", "c&d"]
    assert values["groups"] == {"<script>alert(1)</script>": 0, "b'\"": 1, "c&d": 0, "e": 2}
    assert values["sizes"] == [{"height": 64, "width": 64, "images": 4}]
    assert values["independent_groups"] == 3


def test_the_text_and_the_repr(report):
    lines = report.to_text().splitlines()
    assert lines[0] == "Audit of <b>set</b>"
    assert "near-duplicates         1 group of 2 images, 1 redundant" in lines
    assert "- e: blank: its grey levels differ by 0.0 of 255" in lines
    assert str(report) == report.to_text()
    assert repr(report).startswith("Audit('<b>set</b>': 4 images, 3 groups, 1 of near-duplicates")


def test_long_lists_are_cut_in_the_text(head):
    images = [head(i % 14) for i in range(28)] + [head(0)] * 12
    text = audit(data_of(images, tuple(f"i{k:02}" for k in range(40))), progress=False).to_text()
    assert "- and 4 more, which the JSON has" in text
    assert "and 4 more\n" in text
