import numpy as np
import pytest

from brainscan.features import Lbp, lbp

SCANS = np.random.default_rng(0).integers(0, 256, (3, 20, 24), dtype=np.uint8)


def test_the_function_is_the_transformer():
    table = lbp(list(SCANS), scales=[(8, 1), (12, 1.5)])
    np.testing.assert_array_equal(table, Lbp(((8, 1), (12, 1.5)))(list(SCANS)))
    assert table.shape == (3, 24)
    assert table.dtype == np.float32


def test_each_scale_is_a_histogram_that_sums_to_1():
    table = lbp(SCANS[..., None])
    assert table.shape == (3, 54)
    for begin, end in ((0, 10), (10, 28), (28, 54)):
        np.testing.assert_allclose(table[:, begin:end].sum(axis=1), 1, rtol=1e-6)


def test_columns_are_named_by_points_radius_and_bin():
    names = Lbp(scales=((8, 1), (12, 1.5))).get_feature_names_out()
    assert names[[0, 9, 10, -1]].tolist() == [
        "lbp_p8_r1_bin0",
        "lbp_p8_r1_bin9",
        "lbp_p12_r1.5_bin0",
        "lbp_p12_r1.5_bin13",
    ]


def test_one_pixel_has_a_pattern():
    only_the_eighth = np.eye(10)[[8]]
    np.testing.assert_array_equal(lbp(np.zeros((1, 1), np.uint8), ((8, 1),)), only_the_eighth)


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize(
    "scales",
    [(), (8, 1), ((8,),), ((8.5, 1),), ((0, 1),), ((2000, 1),)]
    + [((8, radius),) for radius in (0, float("nan"), float("inf"), "1")],
)
def test_scales_out_of_range_are_refused(scales):
    with pytest.raises(ValueError, match="scales must be pairs"):
        Lbp(scales=scales)
