import sys

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from brainscan.datasets import load
from brainscan.datasets.phantom import loader, simulate
from brainscan.datasets.phantom.atlas import load_atlas
from brainscan.datasets.phantom.contrast import (
    InversionRecovery,
    SpinEcho,
    SpoiledGradientEcho,
    draw_sequence,
    fluid_nulling_ti_ms,
    signals,
)
from brainscan.datasets.phantom.fields import smooth_field
from brainscan.datasets.phantom.lesion import KINDS
from brainscan.datasets.phantom.simulate import check_whole
from brainscan.datasets.phantom.tissue import TISSUES, Tissue

N = 160
# The function `simulate` hides the module of that name in the package.
SIMULATE = sys.modules["brainscan.datasets.phantom.simulate"]
WATER = Tissue(t1_ms=1000, t2_ms=100, t2_star_ms=50, density=0.8)


@pytest.fixture(scope="module")
def slices():
    return [simulate(index, seed=5) for index in range(N)]


@pytest.fixture
def force_label(monkeypatch):
    """Simulate a slice as the given class, whatever its label would be."""

    def simulate_as(index: int, label: int):
        monkeypatch.setattr(SIMULATE, "label_of", lambda *_: label)
        return simulate(index, seed=2)

    return simulate_as


def test_the_same_seed_gives_the_same_bits():
    first, again = simulate(7, seed=3), simulate(7, seed=3)
    assert first.image.tobytes() == again.image.tobytes()
    assert first.tumour.tobytes() == again.tumour.tobytes()


def test_other_seeds_and_indices_give_other_people():
    images = {simulate(index, seed).image.tobytes() for index in range(2) for seed in range(2)}
    assert len(images) == 4


def test_a_slice_does_not_depend_on_the_number_of_slices():
    few, many = load("phantom", n=4, seed=1), load("phantom", n=9, seed=1)
    np.testing.assert_array_equal(few[3], many[3])
    np.testing.assert_array_equal(few.labels, many.labels[:4])
    assert few.ids == many.ids[:4]


def test_the_data_set_says_what_it_is():
    data = load("phantom", n=6)
    assert len(data) == len(load("phantom", n=6).images) == 6
    assert data.class_counts == {"healthy": 3, "tumour": 3}
    assert len(set(data.groups.tolist())) == 6
    assert "NOTICE" in data.licence
    assert "10.1016/j.neuroimage.2010.07.033" in data.citation


def test_images_and_masks_are_those_of_simulate():
    data = load("phantom", n=4, seed=1)
    assert data.masks is not None
    for index in (0, 3, -1):
        scan = simulate(index % 4, seed=1)
        np.testing.assert_array_equal(data[index], scan.image)
        np.testing.assert_array_equal(data.masks[index], scan.tumour)
        assert data.labels[index] == scan.label
    with pytest.raises(IndexError, match="from -4 to 3; got 4"):
        data[4]


def test_a_slice_is_simulated_once_and_cannot_be_overwritten(monkeypatch):
    asked = []

    def counted(index: int, seed: int):
        asked.append(index)
        return simulate(index, seed)

    monkeypatch.setattr(loader, "simulate", counted)
    data = load("phantom", n=4)
    assert data.masks is not None
    before = data[2].copy()
    data[2][:] = 0
    assert data.masks[2].shape == before.shape
    np.testing.assert_array_equal(data[2], before)
    assert asked.count(2) == 1


@pytest.mark.parametrize("n", [1, 0, -5, True])
def test_a_wrong_n_is_refused(n):
    with pytest.raises(ValueError, match=r"n must be a whole number of 2 or more; got "):
        load("phantom", n=n)


@pytest.mark.parametrize("seed", [-1, False])
def test_a_wrong_seed_is_refused(seed):
    with pytest.raises(ValueError, match=r"seed must be a whole number of 0 or more; got "):
        load("phantom", n=4, seed=seed)


def test_a_negative_index_is_refused():
    with pytest.raises(ValueError, match=r"index must be a whole number of 0 or more; got -1"):
        simulate(-1)


@pytest.mark.parametrize("number", [2.5, "many", None])
def test_what_is_no_whole_number_is_refused(number):
    with pytest.raises(ValueError, match=rf"n must be a whole number of 2 or more; got {number!r}"):
        check_whole(number, "n", at_least=2)


def test_nothing_but_the_tumour_follows_the_label(force_label):
    for index in range(8):
        healthy, ill = force_label(index, 0), force_label(index, 1)
        assert (healthy.label, healthy.kind, ill.label) == (0, "", 1)
        assert healthy.image.shape == ill.image.shape
        for fact in ("plane", "level_mm", "contrast", "spacing_mm"):
            assert getattr(healthy, fact) == getattr(ill, fact)
        np.testing.assert_array_equal(healthy.head, ill.head)


@pytest.mark.parametrize(
    ("mask", "bright"),
    [("tumour", {"tumour", "necrosis"}), ("head", set(TISSUES) - {"air"})],
)
def test_a_mask_is_where_its_tissues_are_on_the_image(monkeypatch, force_label, mask, bright):
    # With signal from these tissues alone, and so without noise, the image shows the mask.
    shown = {name: float(name in bright) for name in TISSUES}
    monkeypatch.setattr(SIMULATE, "signals", lambda *_, **__: shown)
    overlaps = []
    for index in range(12):
        scan = force_label(index, 1)
        truth, seen = getattr(scan, mask), scan.image > 110
        overlaps.append((truth & seen).sum() / (truth | seen).sum())
    assert min(overlaps) > 0.8
    assert np.median(overlaps) > 0.93


def test_every_kind_plane_and_contrast_occurs(slices):
    assert {scan.kind for scan in slices} == {"", *KINDS}
    assert {scan.plane for scan in slices} == {"axial", "coronal", "sagittal"}
    assert {scan.contrast for scan in slices} == {"t1", "t2", "flair", "t1ce"}


def test_tumours_vary_in_size(slices):
    areas = [scan.tumour.sum() * scan.spacing_mm**2 for scan in slices if scan.label]
    assert min(areas) > 30
    assert np.percentile(areas, 90) > 2.5 * np.percentile(areas, 10)


def test_the_form_of_an_image_does_not_give_the_class_away(slices):
    facts = [
        (*scan.image.shape, scan.image.shape[0] / scan.image.shape[1], _border(scan.image))
        for scan in slices
    ]
    # Three standard deviations of the AUC of a coin toss (Mann-Whitney).
    assert abs(_auc(facts, slices) - 0.5) < 3 * np.sqrt((N + 1) / (3 * N**2))


def test_brightness_alone_does_not_give_the_class_away(slices):
    percentiles = (1, 5, 10, 25, 50, 75, 90, 95, 99)
    statistics = [
        (scan.image.mean(), scan.image.std(), *np.percentile(scan.image, percentiles))
        for scan in slices
    ]
    assert _auc(statistics, slices) < 0.8


def _border(image):
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]).mean()


def _auc(table, slices):
    labels = [scan.label for scan in slices]
    forest = RandomForestClassifier(100, max_depth=6, random_state=0)
    scores = cross_val_predict(forest, np.array(table), labels, cv=5, method="predict_proba")
    return roc_auc_score(labels, scores[:, 1])


def test_spin_echo_by_hand():
    # 0.8 (1 - e^-0.5) e^-0.2
    assert SpinEcho(tr_ms=500, te_ms=20).signal(WATER) == pytest.approx(0.2577164)


def test_spoiled_gradient_echo_by_hand():
    # 0.8 sin 30 (1 - e^-0.1) / (1 - cos 30 e^-0.1) e^-0.1
    sequence = SpoiledGradientEcho(tr_ms=100, te_ms=5, flip_angle_deg=30)
    assert sequence.signal(WATER) == pytest.approx(0.1591710)


def test_inversion_recovery_by_hand():
    # 0.8 |1 - 2 e^-0.5 + e^-5| e^-1
    sequence = InversionRecovery(tr_ms=5000, te_ms=100, ti_ms=500)
    assert sequence.signal(WATER) == pytest.approx(0.0607217)


def test_fluid_is_nulled():
    ti_ms = fluid_nulling_ti_ms(9000, TISSUES["csf"].t1_ms)
    assert InversionRecovery(9000, 120, ti_ms).signal(TISSUES["csf"]) == pytest.approx(0, abs=1e-9)


def test_contrast_agent_by_hand():
    # 1 / (1/1000 + 4.78 * 0.5 / 1000)
    agent = Tissue(1000, 100, 50, 0.8, uptake_mmol_l=0.5).enhanced(r1=4.78, r2=6.1)
    assert agent.t1_ms == pytest.approx(294.9853)
    assert agent.t2_ms == pytest.approx(76.62835)


def test_flowing_blood_is_dark_in_late_echoes_only():
    blood = TISSUES["blood"]
    assert SpinEcho(4000, 100).signal(blood) == 0
    assert SpinEcho(500, 15).signal(blood) > 0


@pytest.mark.parametrize(
    ("contrast", "order"),
    [
        ("t1", ["fat", "white", "gray", "csf", "bone"]),
        ("t2", ["csf", "gray", "white", "bone"]),
        ("flair", ["white_matter_lesion", "gray", "white", "csf"]),
        ("t1ce", ["blood", "white", "gray", "csf"]),
    ],
)
def test_tissues_are_ordered_as_on_clinical_images(contrast, order):
    for seed in range(10):
        sequence = draw_sequence(np.random.default_rng(seed), contrast, TISSUES)
        found = signals(sequence, TISSUES, agent=contrast == "t1ce")
        assert sorted(order, key=lambda name: -found[name]) == order


def test_the_atlas_has_the_brain_of_its_source():
    atlas = load_atlas()
    gray, white, brain, cavity_mm = np.moveaxis(atlas.maps, -1, 0)
    # Voxels above 0 of the 1 mm template, counted in nilearn's file: 1 886 539 mm3.
    assert brain.sum() * atlas.spacing_mm**3 == pytest.approx(1_886_539, rel=0.02)
    assert 0 <= min(gray.min(), white.min()) <= max(gray.max(), white.max()) <= 1
    assert (cavity_mm[brain > 0.9] < 0).all()


@pytest.mark.parametrize(
    ("place", "mni_mm", "map_index"),
    [
        ("centrum semiovale", (26, -20, 32), 1),
        ("corpus callosum", (0, 26, 4), 1),
        ("caudate nucleus", (13, 12, 10), 0),
        ("thalamus", (9, -18, 8), 0),
    ],
)
def test_structures_lie_where_an_anatomist_puts_them(place, mni_mm, map_index):
    point = np.array(mni_mm, np.float32)[:, None, None]
    assert load_atlas().section(point)[0, 0, map_index] > 0.5, place


def test_smooth_fields_are_standardised_and_smooth():
    field = smooth_field(np.random.default_rng(0), (400, 300), spacing_mm=1.0, scale_mm=10.0)
    assert field.shape == (400, 300)
    assert field.mean() == pytest.approx(0, abs=0.1)
    assert field.std() == pytest.approx(1, abs=0.15)
    assert np.diff(field, axis=0).std() < 0.25  # 1.4 without the interpolation
