from dataclasses import FrozenInstanceError, replace
from io import BytesIO

import cv2
import jax
import numpy as np
import pytest

from brainscan.metrics import Conformal, Temperature
from brainscan.predict import Prediction, Predictor
from bundles import head, make_bundle


@pytest.fixture
def png(tmp_path):
    path = tmp_path / "a scan.png"
    cv2.imwrite(str(path), head(3, spot=(30, 40)))
    return path


def same(one, other):
    """Whether two predictions say the same; another batch may be summed in another order."""
    found, expected = one.to_json(), other.to_json()
    for numbers in ("probability", "distance"):
        if abs(found.pop(numbers) - expected.pop(numbers)) > 1e-4:
            return False
    for values in (found, expected):
        del values["name"], values["probabilities"]
    return found == expected


def test_an_image_a_path_bytes_and_a_file_give_one_answer(predictor, png):
    image = head(3, spot=(30, 40))
    found = predictor(image)
    assert isinstance(found, Prediction)
    assert 0 < found.probability < 1
    for source in (png, str(png), png.read_bytes(), BytesIO(png.read_bytes())):
        assert same(predictor(source), found)
    assert predictor(png).name == str(png)


def test_a_list_gives_a_tuple_in_its_order(predictor, png):
    images = [head(i, size=64 + i) for i in range(5)]
    found = predictor([*images, png])
    assert [one.name for one in found] == [*(f"image {i}" for i in range(1, 6)), str(png)]
    assert all(same(one, predictor(image)) for one, image in zip(found, images, strict=False))
    assert predictor([]) == ()
    assert len(predictor([images[0]])) == 1
    assert len(predictor(np.stack([head(0), head(1)])[..., None])) == 2


def test_batches_of_any_size_compile_nothing_new(saved):
    predictor = Predictor.load(saved)
    predictor(head(0))
    predictor([head(0), head(1)])
    with jax.log_compiles(), pytest.MonkeyPatch.context() as patch:
        compiled = []
        patch.setattr(jax._src.compiler, "compile_or_get_cached", compiled.append)
        for n in (1, 2, 3, 15, 16, 17, 33, 70):
            assert len(predictor([head(i % 7) for i in range(n)])) == n
    assert compiled == []


def test_the_decision_is_at_the_threshold_and_the_answer_by_the_set(bundle):
    image = head(1)
    shown = Predictor(bundle)(image)
    rule = bundle.conformal
    for threshold, quantiles, decision, possible in (
        (shown.probability - 1e-9, (0.0, 1.0), "yes", ("yes",)),
        (shown.probability + 1e-9, (1.0, 0.0), "no", ("no",)),
        (shown.probability, (1.0, 1.0), "no", ("no", "yes")),
        (0.0, (0.0, 0.0), "yes", ()),
    ):
        other = replace(
            bundle, threshold=threshold, conformal=Conformal(0.9, quantiles, rule.counts)
        )
        found = Predictor(other)(image)
        assert found.probability == shown.probability
        assert (found.decision, found.possible) == (decision, possible)
        assert found.answer == (possible[0] if len(possible) == 1 else None)
        assert ("can't tell" in str(found)) == (len(possible) != 1)


def test_the_probability_is_calibrated_and_of_both_views(bundle):
    image = head(5)
    crop = np.repeat(bundle.cropper(image)[None, ..., None], 3, axis=3).astype(np.float32)
    raw = np.asarray(bundle.model()(crop))[0, 0]
    found = Predictor(bundle)(image)
    assert found.probability == pytest.approx(float(bundle.temperature(raw[None])[0]), abs=1e-5)
    assert same(Predictor(bundle)(image[:, ::-1].copy()), found) is False  # the crop's box moves
    assert found.probabilities[0] == pytest.approx(1 - found.probability)


def test_the_interval_is_of_temperatures_from_low_to_high(bundle):
    image = head(5)
    crop = np.repeat(bundle.cropper(image)[None, ..., None], 3, axis=3).astype(np.float32)
    raw = np.asarray(bundle.model()(crop))[0]
    assert Predictor(bundle)(image).interval is None
    found = Predictor(replace(bundle, temperature_interval=(0.8, 4.0)))(image)
    low, high = found.interval
    assert low < found.probability < high
    ends = sorted(float(Temperature(value)(raw)[0]) for value in (0.8, 4.0))
    assert (low, high) == pytest.approx(tuple(ends), abs=1e-5)
    assert found.to_json()["interval"] == [low, high]
    assert f"{found.probability:.2f}, {low:.2f} to {high:.2f} by its calibration" in str(found)


def test_of_several_classes_the_interval_is_of_the_decision():
    bundle = replace(make_bundle(("none", "glioma", "other")), temperature_interval=(1.0, 3.0))
    found = Predictor(bundle)(head(2))
    low, high = found.interval
    assert 1 / 3 < low < found.probability == max(found.probabilities) < high


def test_what_is_no_slice_gets_no_answer(bundle):
    sure = replace(bundle, conformal=Conformal(0.9, (0.0, 1.0), (9, 9)))
    predictor = Predictor(sure)
    assert predictor(head(0)).answer == "yes"
    blank = predictor(np.zeros((64, 64), np.uint8))
    assert blank.answer is None
    assert "blank" in blank.warnings[0]
    photo = np.zeros((64, 64, 3), np.uint8)
    photo[8:56, 8:56] = (200, 60, 20)
    assert any("in colour" in warning for warning in predictor(photo).warnings)
    strict = replace(sure, outliers=replace(sure.outliers, limit=1e-3))
    unlike = Predictor(strict)(head(0))
    assert unlike.answer is None
    assert "unlike the images that were trained on" in unlike.warnings[0]
    assert "For research use only" in str(blank)
    assert blank.to_json()["warnings"]


def test_every_answer_says_that_it_is_for_research(predictor):
    found = predictor(head(0))
    assert "For research use only" in str(found)
    assert "For research use only" in repr(found)
    assert "For research use only" in found.to_json()["notice"]


def test_a_prediction_is_frozen(predictor):
    with pytest.raises(FrozenInstanceError):
        predictor(head(0)).decision = "no"


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.float64, np.int32, bool])
def test_other_dtypes_are_stretched(predictor, dtype):
    image = head(0)
    image = image > 0 if dtype is bool else (image.astype(np.float64) * 7).astype(dtype)
    assert 0 <= predictor(image).probability <= 1


def test_colour_and_alpha_channels_of_a_grey_image(predictor):
    gray = head(0)
    found = predictor(gray)
    for image in (
        gray[..., None],
        np.repeat(gray[..., None], 3, axis=2),
        np.dstack([gray, gray, gray, np.full_like(gray, 255)]),
    ):
        assert predictor(image).probability == pytest.approx(found.probability, abs=1e-6)


def test_what_cannot_be_read_gets_no_answer(predictor, png, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(png.read_bytes()[:200])
    with pytest.raises(ValueError, match="broken.png must be a whole image"):
        predictor(broken)
    with pytest.raises(ValueError, match="broken.png"):
        predictor([png, broken])
    with pytest.raises(FileNotFoundError):
        predictor(tmp_path / "nowhere.png")
    with pytest.raises(ValueError, match="shape"):
        predictor(np.zeros(3))
    with pytest.raises(ValueError, match="NaN"):
        predictor(np.full((9, 9), np.nan))
