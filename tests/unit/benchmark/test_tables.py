from dataclasses import replace

import pytest

from brainscan.benchmark import Result, Row

SETTINGS = {
    "data": {
        "name": "discs",
        "images": 51,
        "groups": 40,
        "classes": ["no", "yes"],
        "digest": "0123",
        "left_out": {},
    },
    "protocol": "paper",
    "caption": "Protocol paper: one random split.",
    "twins": 13,
    "external": None,
    "control": None,
    "git": None,
    "seed": 0,
    "recipe": {
        "epochs": 20,
        "batch_size": 16,
        "weights": None,
        "trained": "all",
        "checkpoint": "best",
        "members": 1,
        "stacked": [],
        "size": [150, 150],
    },
    "environment": {"device": "2 CPU cores", "python": "3.11", "keras": "3", "jax": "0"},
    "date": "2026-01-31",
}
ROW = Row(
    "efficientnet_v2_s", "cnn", 52_947_537, 237.04, 9.0, 1234.5, 51, 50, 50 / 51, 0.897, 0.997, 0.99
)


@pytest.fixture
def result():
    failed = Row("xception", "cnn", error="ConnectionError: no 50% & more_of it")
    return Result(SETTINGS, (ROW, failed))


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("cnn", {}, "Seed 0. Networks: weights random, 20 epochs, batch 16. 2 CPU cores"),
        ("cnn", {"epochs": 1}, "weights random, 1 epoch, batch 16. 2 CPU"),
        (
            "cnn",
            {"trained": "last_layer", "weights": "imagenet"},
            "Networks: weights imagenet, the last layer fitted to its optimum. 2 CPU",
        ),
        (
            "cnn",
            {"members": 5, "stacked": ["svm", "knn"]},
            "batch 16, each the mean of 5, stacked with svm, knn on texture features. 2 CPU",
        ),
        ("classical", {}, "Seed 0. 2 CPU cores"),
    ],
)
def test_the_caption_says_how_networks_were_trained(kind, changes, expected):
    settings = {**SETTINGS, "recipe": {**SETTINGS["recipe"], **changes}}
    assert expected in Result(settings, (replace(ROW, kind=kind),)).to_markdown()


def test_markdown(result):
    lines = result.to_markdown().splitlines()
    expected = "| efficientnet_v2_s | 52,947,537 | 237.0 | 1,234.5 | 98.0% (89.7 to 99.7) | 0.990 |"
    assert lines[2] == expected
    assert lines[3] == "| xception |  |  |  | failed |  |"
    assert "51 images in 40 groups" in result.to_markdown()
    assert "one random split" in result.to_markdown()
    assert "13 tested images have one of their group" in result.to_markdown()
    assert "- xception: ConnectionError: no 50% & more_of it" in lines
    assert "Research use only" in result.to_markdown()


def test_latex_escapes_what_latex_reads(result):
    text = result.to_latex()
    assert r"efficientnet\_v2\_s & 52,947,537" in text
    assert r"98.0\% (89.7 to 99.7)" in text
    body = text[text.index(r"\midrule") :]
    assert body.count(r"\\") == 2
    assert all(line.count("&") == 5 for line in body.splitlines() if "&" in line)


def test_csv_holds_every_field(result):
    header, first, second = result.to_csv().splitlines()
    assert header.split(",")[:3] == ["model", "kind", "trainable_parameters"]
    assert first.startswith("efficientnet_v2_s,cnn,52947537,237.04,")
    assert second.endswith("ConnectionError: no 50% & more_of it")


def test_json_survives(result, tmp_path):
    result.save(tmp_path)
    loaded = Result.load(tmp_path)
    assert loaded.rows == result.rows
    assert loaded.settings == SETTINGS
