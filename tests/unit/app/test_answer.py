import json
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import brainscan as bs
from brainscan.app.answer import BURNED_IN, about, answering, spread
from brainscan.app.limits import Limits
from brainscan.app.model_card import model_card

BUNDLE = Path(__file__).parents[2] / "data" / "bundle-format-1.brainscan"


@pytest.fixture(scope="module")
def predictor():
    """A small network for both, the class and the outline."""
    return bs.predict.Predictor.load(BUNDLE)


def test_a_classical_classifier_answers_without_a_heat_map():
    predictor = bs.predict.Predictor.load(BUNDLE.with_stem("classical-format-1"))
    image = bs.datasets.load("phantom", n=2)[0]
    _, line = answering(predictor, Limits())(png(image))
    (score,) = line["scores"]
    assert score["probability"] == pytest.approx(predictor(image).probability, abs=1e-12)
    assert line["heat"] is None
    assert pixels(line["mask"]).shape == image.shape
    json.dumps(line, allow_nan=False)


@pytest.fixture(scope="module")
def answer(predictor):
    return answering(predictor, Limits(slices=3))


def png(image):
    return cv2.imencode(".png", image)[1].tobytes()


def pixels(base64):
    return cv2.imdecode(np.frombuffer(b64decode(base64), np.uint8), cv2.IMREAD_UNCHANGED)


def test_a_slice_is_answered_as_the_predictor_does(predictor, answer):
    image = bs.datasets.load("phantom", n=2)[0]
    scan, line = answer(png(image))
    assert scan == {
        "kind": "scan",
        "format": "png",
        "plane": None,
        "spacing_mm": None,
        "slices": 1,
        "shown": 1,
    }
    found = predictor(image)
    (score,) = line["scores"]
    assert score == {"name": "yes", "probability": pytest.approx(found.probability, abs=1e-6)}
    assert line["interval"] is None  # the bundle is older than intervals
    assert line["decision"] == found.decision
    assert line["answer"] == found.answer
    assert line["set"] == list(found.possible)
    assert line["box"] == list(found.box)
    np.testing.assert_array_equal(pixels(line["image"]), image)
    np.testing.assert_allclose(pixels(line["heat"]), 255 * found.heat_map, atol=0.51)
    np.testing.assert_array_equal(pixels(line["mask"]) > 0, found.mask)
    json.dumps([scan, line], allow_nan=False)


def test_the_interval_is_told(predictor):
    image = bs.datasets.load("phantom", n=2)[0]
    bundle = replace(predictor.bundle, temperature_interval=(0.8, 3.0))
    _, line = answering(bs.predict.Predictor(bundle), Limits())(png(image))
    low, high = line["interval"]
    assert low < line["scores"][0]["probability"] < high
    json.dumps(line, allow_nan=False)


def test_a_large_image_is_shown_reduced_and_its_box_is_its_own(answer):
    image = cv2.resize(bs.datasets.load("phantom", n=2)[0], (2000, 1600))
    _, line = answer(png(image))
    assert (line["height"], line["width"]) == (1600, 2000)
    assert pixels(line["image"]).shape == (614, 768)
    assert pixels(line["heat"]).shape == (614, 768)
    assert line["box"][2] > 768


def test_of_a_volume_some_slices_are_answered(answer):
    pages = [Image.fromarray(image) for image in bs.datasets.load("phantom", n=5)]
    file = BytesIO()
    size = pages[0].size
    pages[0].save(file, "TIFF", save_all=True, append_images=[p.resize(size) for p in pages[1:]])
    scan, *slices = answer(file.getvalue())
    assert (scan["slices"], scan["shown"]) == (5, 3)
    assert [line["number"] for line in slices] == [0, 2, 4]


def test_a_blank_slice_is_warned_of(answer):
    _, line = answer(png(np.zeros((64, 64), np.uint8)))
    assert line["answer"] is None
    assert any("nothing stands out" in warning for warning in line["warnings"])


def test_colour_is_shown_in_its_colours(answer):
    image = np.zeros((64, 64, 3), np.uint8)
    image[16:48, 16:48] = (200, 30, 30)
    _, line = answer(png(image[..., ::-1]))
    np.testing.assert_array_equal(pixels(line["image"])[..., ::-1], image)
    assert any("colour" in warning for warning in line["warnings"])


@pytest.mark.parametrize("content", [b"", b"scan", b"\x89PNG\r\n\x1a\n" + bytes(99)])
def test_what_is_no_scan_is_refused(answer, content):
    with pytest.raises(ValueError, match="^the file must"):
        list(answer(content))


def test_burned_in_text_is_warned_of(answer, volumes):
    pydicom = pytest.importorskip("pydicom", reason="the extra 'dicom' is not installed")
    data = pydicom.dcmread(next((volumes / "dicom_series").glob("*.dcm")))
    data.BurnedInAnnotation = "YES"
    data.PatientName = "Doe^Jane"
    file = BytesIO()
    data.save_as(file)
    scan, line = answer(file.getvalue())
    assert scan["format"] == "dicom"
    assert BURNED_IN in line["warnings"]
    told = {key: value for key, value in line.items() if key not in ("image", "heat", "mask")}
    assert "Doe" not in json.dumps([scan, told])


def test_every_real_file_is_answered_or_refused(answer, volumes):
    said = {}
    for path in volumes.rglob("*"):
        if path.is_file():
            try:
                said[path.name] = [line["kind"] for line in answer(path.read_bytes())]
            except ValueError as error:
                said[path.name] = str(error)
    assert "has 4 (" in said.pop("example4d.nii.gz")
    assert all(kinds[:2] == ["scan", "slice"] for kinds in said.values())


def test_the_card_says_what_the_bundle_says(predictor):
    bundle = predictor.bundle
    facts = dict(model_card(bundle)["facts"])
    assert facts["Classifier"] == bundle.card.name
    assert facts["Intended use"] == bundle.card.intended_use
    assert facts["Trained on"].startswith(f"{bundle.card.data['name']}: ")
    assert facts["SHA-256 of the bundle"] == bundle.digest
    metrics = {row["name"]: row for row in model_card(bundle)["metrics"]}
    auc = bundle.card.metrics["roc_auc"]
    assert metrics["roc auc"]["value"] == f"{auc.value:.3f}"
    assert metrics["roc auc"]["interval"] == f"{auc.low:.3f} to {auc.high:.3f}"
    json.dumps(about(predictor, Limits()), allow_nan=False)


def test_slices_are_spread_evenly_from_the_first_to_the_last():
    assert spread(5, 64) == [0, 1, 2, 3, 4]
    assert spread(101, 5) == [0, 25, 50, 75, 100]
    assert spread(10, 1) == [0]


def test_limits_are_positive():
    with pytest.raises(ValueError, match="files must be positive; got 0"):
        Limits(files=0)
