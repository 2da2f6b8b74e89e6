import re
from dataclasses import replace

import numpy as np
import pytest

import brainscan as bs
from brainscan.benchmark import Result, write_report
from brainscan.benchmark.report import DISCLAIMER

from .conftest import make_dataset

EVIL = "<script>alert(1)</script>|*x*"


@pytest.fixture(scope="module")
def results(recipe):
    data = make_dataset(48, name=f"discs {EVIL}", groups=np.arange(48) // 3)
    ids = (f"{EVIL}.png", *data.ids[1:])
    images = [np.full((64, 64), np.nan), *data.images[1:]]
    data = replace(data, ids=ids, images=images)
    return [
        bs.benchmark.run(
            data, ["knn", "svm", "small_cnn"], protocol, replace(recipe, epochs=2), progress=False
        )
        for protocol in ("paper", "grouped")
    ]


@pytest.fixture(scope="module")
def folder(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(results, folder)
    return folder


def test_protocols_stand_side_by_side(results, folder):
    lines = (folder / "report.md").read_text().splitlines()
    heading = next(line for line in lines if "protocol paper: accuracy" in line)
    assert "protocol grouped: accuracy" in heading
    row = next(line for line in lines[lines.index(heading) :] if line.startswith("| svm"))
    for result in results:
        svm = result.rows[1]
        assert f"{100 * svm.accuracy:.1f}% ({100 * svm.accuracy_low:.1f} to" in row


def test_a_report_has_every_part(folder):
    text = (folder / "report.md").read_text()
    for part in ("Comparisons", "Metrics", "Calibration and doubt", "Subgroups", "Figures"):
        assert text.count(f"### {part}") == 2
    assert DISCLAIMER in text
    for figure in ("roc", "precision_recall", "reliability", "decision", "confusion"):
        assert f"(paper/figures/{figure}.png)" in text
        assert (folder / f"grouped/figures/{figure}.png").is_file()
    assert re.search(
        r"\| small_cnn \| ([\d.]+, ){4}[\d.]+ \| (0\.\d\d, ){4}0\.\d\d \| [\d.]+ and [\d.]+ "
        r"\| \d+% \| 90% \| \d+% of \d+, \d+% of \d+ \|",
        text,
    )


def test_the_page_needs_no_other_file_and_runs_nothing(folder):
    page = (folder / "report.html").read_text()
    sources = re.findall(r'src="([^"]*)"', page)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert "<script" not in page
    assert "http" not in re.sub(r'src="[^"]*"', "", page)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;|*x*") >= 3
    assert "<em>x</em>" not in page


def test_one_result_is_a_report_too(results, tmp_path):
    results[1].save(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert "side by side" not in text
    assert "(figures/roc.png)" in text
    assert (tmp_path / "report.html").is_file()


def test_a_result_read_back_gives_the_same_report(results, tmp_path):
    results[1].save(tmp_path)
    first = (tmp_path / "report.html").read_text()
    Result.load(tmp_path).save(tmp_path)
    assert (tmp_path / "report.html").read_text() == first


def test_comparisons_name_the_best_and_count_all(results, folder):
    text = (folder / "report.md").read_text()
    assert text.count("Adjusted for 2 comparisons (Holm), p = ") == 4
    best = max(results[1].rows, key=lambda row: row.accuracy).model
    assert f"- {best} is right on" in text[text.index("## protocol grouped") :]


def test_the_model_card_holds_what_is_known_and_asks_for_the_rest(results, folder):
    card = (folder / "model_card.md").read_text()
    assert results[1].settings["data"]["digest"] in card
    assert "Leak-free protocol" in card
    assert "to be supplied by you" in card
    assert DISCLAIMER in card


@pytest.mark.parametrize("count", [0, 2])
def test_results_must_be_of_different_protocols(results, tmp_path, count):
    with pytest.raises(ValueError, match="one or more, each of another protocol; got (none|paper)"):
        write_report([results[0]] * count, tmp_path)


def test_galleries_show_what_is_wrong_and_only_that(results, tmp_path):
    result = results[1]
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/failures_earlier.png").write_bytes(b"of another run")
    result.save(tmp_path)
    drawn = {path.stem.removeprefix("failures_") for path in tmp_path.glob("figures/failures_*")}
    assert drawn == {row.model for row in result.rows if row.correct < row.tested}
    assert "### What was wrong" in (tmp_path / "report.md").read_text()


def test_results_must_be_of_one_data_set(recipe, tmp_path):
    ones, others = (
        bs.benchmark.run(make_dataset(seed=seed), ["knn"], protocol, recipe, progress=False)
        for seed, protocol in ((1, "grouped"), (2, "paper"))
    )
    with pytest.raises(ValueError, match="of the same prepared data; got those of discs, discs"):
        bs.benchmark.write_report([ones, others], tmp_path)
