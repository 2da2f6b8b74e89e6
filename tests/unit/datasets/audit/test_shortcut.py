import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from brainscan.datasets.audit import shortcut
from brainscan.datasets.audit.facts import Facts
from brainscan.datasets.audit.shortcut import (
    border_of,
    find_shortcuts,
    measure_shortcut,
    metadata_of,
)


def facts(height, width=100, **more):
    return Facts(height, width, 1, 8, b"", 0.0, **more)


def test_a_class_tied_to_the_size_is_found():
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 2
    sizes = rng.normal(200, 20, 80) + 50 * labels
    thumbnails = rng.uniform(0, 255, (80, 32, 32)).astype(np.float32)
    seen = [facts(int(size)) for size in sizes]
    form, border = find_shortcuts(seen, thumbnails, labels, np.arange(80))
    assert form.found
    assert form.auc > 0.85
    assert "a model may learn this in place of the tumour" in form.meaning
    assert not border.found
    assert "do not show it to be more than chance" in border.meaning


def test_a_class_shown_by_the_border_only_is_found():
    rng = np.random.default_rng(1)
    labels = np.arange(60) % 2
    thumbnails = rng.uniform(0, 255, (60, 32, 32)).astype(np.float32)
    thumbnails[labels == 1, 0] += 60
    form, border = find_shortcuts([facts(100)] * 60, thumbnails, labels, np.arange(60))
    assert border.found
    assert border.auc > 0.9
    assert form.auc == 0.5
    assert (form.low, form.high) == (0.5, 0.5)


def test_copies_on_both_sides_do_not_count():
    # Noise that copies share: it is learnt by heart unless the copies stay together.
    rng = np.random.default_rng(2)
    features = np.repeat(rng.normal(size=(30, 5)), 4, axis=0)
    labels = np.repeat(np.arange(30) % 2, 4)
    apart = measure_shortcut("x", features, labels, np.arange(120))
    together = measure_shortcut("x", features, labels, np.repeat(np.arange(30), 4))
    assert apart.auc > 0.9
    assert together.low < 0.5 < together.high
    assert (together.images, together.groups) == (120, 30)


def test_nothing_to_see_covers_chance():
    covered = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = measure_shortcut("x", rng.normal(size=(60, 3)), np.arange(60) % 2, np.arange(60))
        covered += found.low < 0.5 < found.high
    assert covered >= 17  # of 20; see what `Shortcut` says of its interval


def test_several_classes_are_one_against_the_rest():
    labels = np.arange(60) % 3
    features = labels[:, None] + np.random.default_rng(0).normal(0, 0.1, (60, 1))
    assert measure_shortcut("x", features, labels, np.arange(60)).auc == 1.0


def test_the_area_is_that_of_scikit_learn():
    rng = np.random.default_rng(3)
    labels, weights = rng.integers(0, 2, 50), rng.integers(0, 3, 50)
    one = rng.integers(0, 8, 50) / 8  # with ties
    expected = roc_auc_score(labels, one, sample_weight=weights)
    found = shortcut._auc(labels, np.stack([1 - one, one], axis=1), weights)
    assert found == pytest.approx(expected, abs=1e-12)


def test_of_many_images_whole_groups_are_taken(monkeypatch):
    monkeypatch.setattr(shortcut, "_MOST", 40)
    labels, groups = np.arange(300) % 2, np.arange(300) // 6
    found = measure_shortcut("x", np.ones((300, 1)), labels, groups)
    assert (found.images, found.groups) == (42, 7)


def test_one_class_or_one_group_cannot_be_tested():
    for labels, groups in (([0] * 6, range(6)), ([0, 0, 0, 1, 1, 1], [0, 1, 2, 3, 3, 3])):
        with pytest.raises(ValueError, match="in two classes or more, of two groups each or more;"):
            measure_shortcut("x", np.ones((6, 1)), np.array(labels), np.array(groups))


def test_the_metadata_by_hand():
    names, values = metadata_of(
        [facts(50, file=b"a", bytes=1000, format="png"), facts(200, bytes=4000, format="jpeg")]
    )
    assert names[-2:] == ("bytes per pixel", "format")
    assert values.tolist() == [[50, 100, 0.5, 1, 8, 0.2, 1], [200, 100, 2, 1, 8, 0.2, 0]]


def test_the_border_is_one_pixel_of_a_thumbnail_wide():
    thumbnail = np.arange(32 * 32, dtype=np.float32).reshape(1, 32, 32)
    (border,) = border_of(thumbnail)
    assert len(border) == 124
    assert border[:33].tolist() == list(range(33))
    assert border[33] == 63
