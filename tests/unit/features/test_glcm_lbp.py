import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from brainscan.features import Glcm, GlcmLbp, Lbp, glcm_lbp

SCANS = np.random.default_rng(0).integers(0, 256, (4, 20, 24), dtype=np.uint8)


def test_the_table_is_that_of_both_parts_side_by_side():
    images = list(SCANS)
    table = GlcmLbp()(images)
    assert table.shape == (4, 72 + 54)
    assert table.dtype == np.float32
    np.testing.assert_array_equal(table[:, :72], Glcm()(images))
    np.testing.assert_array_equal(table[:, 72:], Lbp()(images))


def test_names_are_those_of_both_parts_and_unique():
    names = GlcmLbp().get_feature_names_out()
    assert names.shape == (126,)
    assert len(set(names)) == 126
    assert names[0] == "glcm_contrast_d1_a0"
    assert names[-1] == "lbp_p24_r3_bin25"


def test_the_function_passes_its_settings():
    settings = {"distances": (2,), "angles_deg": (90,), "scales": ((8, 2),)}
    np.testing.assert_array_equal(glcm_lbp(SCANS[0], **settings), GlcmLbp(**settings)(SCANS[0]))
    assert glcm_lbp(SCANS[0], **settings).shape == (1, 6 + 10)


def test_it_is_a_step_of_a_pipeline():
    steps = make_pipeline(GlcmLbp(distances=(1,)), StandardScaler())
    table = steps.fit_transform(list(SCANS))
    assert table.shape == (4, 24 + 54)
    np.testing.assert_allclose(table.mean(axis=0), 0, atol=1e-4)
    assert steps[:1].get_feature_names_out().shape == (78,)


def test_it_can_be_cloned_and_compared():
    first = GlcmLbp(distances=(1, 2), angles_deg=(0,))
    copy = clone(first)
    assert copy is not first
    assert copy == first != GlcmLbp()
    assert first.get_params() == {
        "distances": (1, 2),
        "angles_deg": (0,),
        "scales": ((8, 1), (16, 2), (24, 3)),
    }


def test_settings_are_frozen():
    with pytest.raises(AttributeError):
        GlcmLbp().distances = (1,)  # type: ignore[misc]


@pytest.mark.parametrize("settings", [{"distances": (0,)}, {"angles_deg": ()}, {"scales": ()}])
def test_settings_out_of_range_are_refused_at_once(settings):
    with pytest.raises(ValueError, match=f"{next(iter(settings))} must be"):
        GlcmLbp(**settings)
