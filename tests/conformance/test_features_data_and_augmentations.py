"""Our own extractors, data sets and augmentations pass the public checks."""

import pytest

from brainscan import augment, datasets, features, testing


@pytest.mark.parametrize(
    "extractor",
    [
        features.glcm,
        features.lbp,
        features.glcm_lbp,
        features.Glcm(),
        features.Lbp(),
        features.GlcmLbp(),
    ],
)
def test_extractor(extractor):
    testing.check_extractor(extractor)


def test_phantom():
    testing.check_dataset("phantom", images=4)


def test_real_slices(kaggle253):
    data = datasets.load(kaggle253)
    with pytest.raises(AssertionError, match="must have a licence; got unknown"):
        testing.check_dataset(data)


@pytest.mark.parametrize(
    "part",
    [
        augment.Rotation(20),
        augment.Shift(0.2, 0.2),
        augment.Shear(0.2),
        augment.Zoom(0.2),
        augment.HorizontalFlip(),
        augment.HorizontalFlip(p=1),
        augment.RandomCrop(0.9),
        augment.ColorShift(10),
        augment.Gamma(0.3),
        augment.Brightness(0.2),
        augment.BiasField(0.3),
        augment.ToneCurve(100),
    ],
    ids=repr,
)
def test_augmentation(part):
    testing.check_augmentation(augment.Compose((part,)))


@pytest.mark.parametrize("chain", [augment.paper, augment.mri, augment.any_weighting])
def test_the_named_augmentations(chain):
    testing.check_augmentation(chain())
