import numpy as np
import pytest

from brainscan.features import Glcm, glcm

SCANS = np.random.default_rng(0).integers(0, 256, (3, 20, 24), dtype=np.uint8)


def test_the_function_is_the_transformer():
    table = glcm(list(SCANS), distances=[1, 4], angles_deg=[0, 45.0])
    np.testing.assert_array_equal(table, Glcm((1, 4), (0, 45.0))(list(SCANS)))
    assert table.shape == (3, 24)
    assert table.dtype == np.float32


def test_columns_are_named_in_their_order():
    # Columns of stripes: contrast 255^2 at distance 1 and 0 at distance 2 to the right, and 0 down.
    stripes = np.array([[0, 255] * 5] * 10, np.uint8)
    transformer = Glcm(distances=(1, 2), angles_deg=(0, 90))
    names = transformer.get_feature_names_out().tolist()
    row = dict(zip(names, transformer(stripes)[0].tolist(), strict=True))
    assert names[:4] == [
        "glcm_contrast_d1_a0",
        "glcm_contrast_d1_a90",
        "glcm_contrast_d2_a0",
        "glcm_contrast_d2_a90",
    ]
    assert [row[name] for name in names[:4]] == [65025, 0, 0, 0]
    assert row["glcm_correlation_d1_a0"] == pytest.approx(-1)
    assert row["glcm_correlation_d2_a0"] == pytest.approx(1)
    assert row["glcm_asm_d1_a0"] == pytest.approx(0.5)
    assert row["glcm_homogeneity_d1_a90"] == 1


def test_an_angle_between_whole_degrees_is_named_in_full():
    assert Glcm((1,), (22.5,)).get_feature_names_out()[0] == "glcm_contrast_d1_a22.5"


@pytest.mark.parametrize("shape", [(1, 1), (3, 9), (9, 3)])
def test_an_image_too_small_is_refused(shape):
    with pytest.raises(ValueError, match=f"image 1 must be larger.*got {shape[0]}x{shape[1]}"):
        glcm([SCANS[0], np.zeros(shape, np.uint8)])


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize("distances", [(), (0,), (1, -2), (1.5,), ("1", "2")])
def test_distances_out_of_range_are_refused(distances):
    with pytest.raises(ValueError, match="distances must be whole pixels, 1 or more; got"):
        Glcm(distances=distances)


@pytest.mark.parametrize("angles_deg", [(), (float("nan"),), (float("inf"), 0)])
def test_angles_out_of_range_are_refused(angles_deg):
    with pytest.raises(ValueError, match="angles_deg must be finite, one or more; got"):
        Glcm(angles_deg=angles_deg)


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize(
    ("setting", "value"), [("distances", 3), ("distances", "12"), ("angles_deg", 45)]
)
def test_one_number_in_place_of_several_is_refused(setting, value):
    with pytest.raises(TypeError, match=f"{setting} must be a sequence, such as a tuple; got"):
        glcm(SCANS[0], **{setting: value})
