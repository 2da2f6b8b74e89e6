import re
from dataclasses import replace

import pytest

import brainscan as bs
from brainscan.benchmark.checklist import GUIDELINES, markdown

from .conftest import make_dataset


@pytest.fixture(scope="module")
def text(recipe):
    result = bs.benchmark.run(make_dataset(), ["knn"], "grouped", recipe, progress=False)
    return markdown(result)


def test_every_item_is_computed_or_asked_for_or_not_applicable(text):
    items = [line.split("|")[1:-1] for line in text.splitlines() if re.match(r"\| \d", line)]
    assert len(items) == sum(len(items) for items in GUIDELINES.values())
    for _, _, status, answer in items:
        assert status.strip() in ("computed", "to be supplied by you", "not applicable")
        assert bool(answer.strip()) == (status.strip() != "to be supplied by you")


def test_it_never_claims_compliance(text):
    assert "compliant" not in text.replace("not a claim", "")
    assert "complies" not in text


def test_every_number_of_the_guidelines_occurs():
    for title, last in (("CLAIM (2020)", 42), ("TRIPOD+AI (2024)", 27)):
        covered = set()
        for item in GUIDELINES[title]:
            first, _, end = item.number.partition("-")
            covered |= set(range(int(first), int(end or first) + 1))
        assert covered == set(range(1, last + 1))


def answers(result, title="CLAIM (2020)"):
    return {item.number: item.text(result) for item in GUIDELINES[title]}


def test_without_a_network_none_is_described(recipe):
    data = make_dataset()
    found = answers(bs.benchmark.run(data, ["knn"], "grouped", recipe, progress=False))
    assert found["24"] == found["25"] == found["26"] == "no network was trained"
    assert found["37"] == "in the gallery of wrongly classified images"


def test_what_chose_the_network_is_the_recipes(recipe):
    data = make_dataset()
    said = {
        "best": "least loss on validation images",
        "last": "nothing to choose: the last epoch",
    }
    for checkpoint, text in said.items():
        changed = replace(recipe, checkpoint=checkpoint)
        result = bs.benchmark.run(data, ["small_cnn"], "holdout", changed, progress=False)
        assert text in answers(result)["26"]


def test_several_networks_as_one_are_told_of(recipe):
    several = replace(recipe, members=2, stacked=("svm",))
    data = make_dataset()
    for model, choice, ensembling in (
        ("small_cnn", "the images that the member leaves out", "mean of 2, each without"),
        ("small_cnn", "the images that the member leaves out", "weighed with svm"),
        ("knn", "no network", "none"),
    ):
        found = answers(bs.benchmark.run(data, [model], "holdout", several, progress=False))
        assert choice in found["26"]
        assert ensembling in found["27"]


def test_where_everything_failed_nothing_is_claimed(recipe):
    changed = replace(recipe, weights="imagenet")
    result = bs.benchmark.run(make_dataset(), ["small_cnn"], "grouped", changed, progress=False)
    found = answers(result)
    for number in ("28", "29", "35-36", "37"):
        assert found[number] == "no model was measured"
