"""Bundles of every format that was ever released load, and answer as they did."""

import json
from pathlib import Path

import pytest

from brainscan.predict import Predictor
from brainscan.predict.archive import VERSION
from format_images import IMAGES

KEPT = sorted((Path(__file__).parents[1] / "data").glob("*-format-*.brainscan"))


def test_there_is_one_of_each_format_and_kind():
    assert [path.stem for path in KEPT] == [
        f"{kind}-format-{i}" for kind in ("bundle", "classical") for i in range(1, VERSION + 1)
    ]
    assert sum(path.stat().st_size for path in KEPT) < 300_000 * VERSION


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_it_answers_as_it_did(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    predictor = Predictor.load(path)
    assert predictor.bundle.digest == expected["digest"]
    for prediction, kept in zip(predictor(IMAGES), expected["answers"], strict=True):
        found = prediction.to_json()
        assert found["probability"] == pytest.approx(kept["probability"], abs=1e-4)
        assert found["distance"] == pytest.approx(kept["distance"], rel=1e-2)
        for key in ("name", "box", "decision", "possible", "warnings", "answer"):
            assert found[key] == kept[key], key
        assert abs(int(prediction.mask.sum()) - kept["mask"]) <= 5
        if path.stem.startswith("bundle"):
            assert prediction.heat_map.shape == (96, 80)
