import re
from dataclasses import replace

import numpy as np
import pytest

import brainscan as bs
from brainscan.benchmark.page import DISCLAIMER
from brainscan.benchmark.segmentation import report
from brainscan.benchmark.segmentation.figures import overlays
from brainscan.segment import Postprocess

from .conftest import Bright, make_outlined, registered


class Shy(Bright):
    """Misses every other lesion, and makes up one in the corner of each image."""

    def probabilities(self, images):
        found = super().probabilities(images)
        found[1::4] = 0
        found[:, 15, 1:4] = 1
        return found


@pytest.fixture
def result(squares, recipe, bright):
    with registered(shy=Shy):
        return bs.benchmark.run_segmentation(
            squares, ["shy", "bright"], recipe=recipe, progress=False,
            postprocess=Postprocess(minimum_area=20),
        )  # fmt: skip


def test_the_report_says_what_can_be_told(result, tmp_path):
    result.save(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert DISCLAIMER in text
    assert "Dice of bright less that of shy: 0." in text
    assert "can't be told" not in text
    assert "20 with a lesion" in text
    assert "worst possible" in text
    assert "class: bright | 20 | " in text
    assert "SHA-256 of the prepared data" in text
    page = (tmp_path / "report.html").read_text()
    assert page.count("<img") == 4
    assert "http" not in page.replace("http-equiv", "")


def test_post_processing_by_hand(result):
    lines = report.post_processing(result).splitlines()
    row = next(line for line in lines if line.startswith("| shy | Dice"))
    seen = result.predictions["shy"]
    gain = seen.after["dice"] - seen.before["dice"]
    known = gain[np.isfinite(gain)]
    assert f"{known.mean():.3f} (" in row
    assert f"| {int((known > 0).sum())} images | {int((known < 0).sum())} images |" in row
    distance = next(line for line in lines if line.startswith("| shy | HD95"))
    assert "| 0 images |" not in distance.split("|")[6]


def test_equal_models_cannot_be_told_apart(squares, recipe, bright):
    with registered(twin=Bright):
        result = bs.benchmark.run_segmentation(
            squares, ["bright", "twin"], recipe=recipe, progress=False
        )
    assert "0.000, without an interval: no two groups differ" in report.comparisons(result)


def test_a_single_model_is_compared_with_none(squares, recipe, bright):
    result = bs.benchmark.run_segmentation(squares, ["bright"], recipe=recipe, progress=False)
    assert report.comparisons(result) == "There is one model only."


def test_small_subgroups_have_no_figures(recipe, bright):
    data = make_outlined(28)
    result = bs.benchmark.run_segmentation(data, ["bright"], recipe=recipe, progress=False)
    table = report.subgroups(result)
    assert "class: bright | 14 | 0." in table
    assert table.count("too few") == 3


def test_a_run_in_which_everything_failed_has_a_report(squares, recipe, bright, tmp_path):
    class Broken(Bright):
        def train(self, split, seed, advance):
            raise RuntimeError("<b>no | good</b>")

    with registered(broken=Broken):
        bs.benchmark.run_segmentation(
            squares, ["broken"], recipe=recipe, folder=tmp_path, progress=False
        )
    text = (tmp_path / "report.md").read_text()
    assert r"RuntimeError: \<b\>no \| good\</b\>" in text
    assert "No model was tested." in text


def test_outlines_show_the_best_and_the_worst(result):
    figure = overlays(result, "shy")
    titles = [axis.get_title() for axis in figure.axes]
    assert len(titles) == 12
    dice = [float(re.search(r"Dice (\d\.\d\d)", title)[1]) for title in titles]
    assert dice == sorted(dice, reverse=True)
    known = result.predictions["shy"].after["dice"][result.predictions["shy"].areas > 0]
    assert dice[0] == pytest.approx(known.max(), abs=0.005)
    assert dice[-1] == pytest.approx(known.min(), abs=0.005)


def test_names_with_markup_stay_text(squares, recipe, bright, tmp_path):
    data = replace(squares, name="a_b$x$ <i>|", class_names=("no|ne", "br*ight*"))
    bs.benchmark.run_segmentation(data, ["bright"], recipe=recipe, folder=tmp_path, progress=False)
    page = (tmp_path / "report.html").read_text()
    assert "<i>" not in page
    assert "br*ight*" in page


def test_tumour_free_images_get_a_column(result):
    assert "images without a lesion left empty (95% interval)" in result.to_markdown()
    lesions = [row.means["empty_specificity"].value for row in result.rows]
    assert lesions == [1.0, 1.0]
    assert [row.before["empty_specificity"].value for row in result.rows] == [0.0, 1.0]


def test_latex_is_escaped(result):
    text = result.to_latex()
    assert r"\toprule" in text
    assert re.search(r"(?<!\\)%", text.split("\n", 1)[1]) is None
