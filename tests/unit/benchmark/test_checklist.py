import re

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
