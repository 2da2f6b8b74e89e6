import json
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan import models
from brainscan.segment import Frame, Postprocess, Segmenter


def bright(shape=(32, 32, 3), classify=False):
    """Marks what is bright."""
    image = keras.Input(shape, name="image")
    logits = keras.layers.Conv2D(1, 1, name="logit")(image)
    mask = keras.layers.Activation("sigmoid", name="mask")(logits)
    score = keras.layers.GlobalMaxPooling2D(name="score")(mask)
    model = keras.Model(image, {"mask": mask, "score": score} if classify else mask)
    model.set_weights([np.full((1, 1, 3, 1), 0.1), np.full(1, -54.0)])
    return model


def disc(size, centre, radius):
    rows, columns = np.mgrid[: size[0], : size[1]]
    return (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2


@pytest.fixture(scope="module")
def segmenter():
    return Segmenter(bright((96, 96, 3)))


@pytest.fixture(scope="module")
def slice_and_tumour():
    """A gray head off the centre, with a bright tumour."""
    head, tumour = disc((200, 260), (90, 150), 70), disc((200, 260), (100, 130), 20)
    image = np.where(tumour, 240, np.where(head, 100, 0)).astype(np.uint8)
    return image, tumour


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


@pytest.mark.parametrize("kind", ["gray", "rgb", "rgba", "uint16", "float32"])
def test_masks_come_back_in_the_images_own_coordinates(segmenter, slice_and_tumour, kind):
    image, tumour = slice_and_tumour
    given = {
        "gray": image,
        "rgb": np.stack([image] * 3, -1),
        "rgba": np.dstack([image, image, image, np.full_like(image, 255)]),
        "uint16": image.astype(np.uint16) * 16,
        "float32": image.astype(np.float32) / 240,
    }[kind]
    mask = segmenter(given)
    assert mask.shape == tumour.shape
    assert mask.dtype == np.bool_
    assert dice(mask, tumour) > 0.95
    probability = segmenter.probability(given)
    assert probability.shape == tumour.shape
    assert probability.dtype == np.float32
    np.testing.assert_array_equal(probability > 0.5, mask)


def test_without_cropping(slice_and_tumour):
    image, tumour = slice_and_tumour
    assert dice(Segmenter(bright((96, 96, 3)), crop=False)(image), tumour) > 0.93


def test_a_blank_image_is_kept_whole(segmenter):
    assert not segmenter(np.zeros((50, 40), np.uint8)).any()


def test_threshold_and_postprocessing(slice_and_tumour):
    image, _ = slice_and_tumour
    speckled = image.copy()
    speckled[60:62, 150:152] = 240
    plain = Segmenter(bright((96, 96, 3)))
    largest = Segmenter(plain.model, postprocess=Postprocess(largest_only=True))
    assert plain(speckled)[60:62, 150:152].any()
    assert not largest(speckled)[60:62, 150:152].any()
    assert plain(image).sum() > Segmenter(plain.model, threshold=0.999)(image).sum()


def test_mask_and_score_of_one_pass(slice_and_tumour):
    found = Segmenter(bright(classify=True)).outline(slice_and_tumour[0])
    assert found.score == pytest.approx(1, abs=1e-3)
    assert found.mask.any()
    assert Segmenter(bright()).outline(slice_and_tumour[0]).score is None


def test_saves_and_loads(tmp_path, slice_and_tumour):
    image, _ = slice_and_tumour
    model = bs.models.build_segmenter("small_cnn", (48, 48, 3), None, classify=True, seed=0)
    segmenter = Segmenter(model, 0.4, Postprocess(0.001, largest_only=True), crop=False)
    path = segmenter.save(tmp_path / "tumours.segmenter")
    again = Segmenter.load(path)
    assert (again.threshold, again.postprocess, again.crop) == (0.4, segmenter.postprocess, False)
    for mine, its in zip(again.outline(image), segmenter.outline(image), strict=True):
        np.testing.assert_array_equal(mine, its)
    assert [p.name for p in tmp_path.iterdir()] == ["tumours.segmenter"]


def test_loads_where_nothing_else_was_imported(tmp_path):
    image = keras.Input((32, 32, 3), name="image")
    mask = models.layers.Conv2D(1, 1, activation="sigmoid")(image)
    path = Segmenter(keras.Model(image, mask)).save(tmp_path / "tumours.segmenter")
    code = f"import brainscan as bs; bs.segment.Segmenter.load({str(path)!r})"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_files_that_are_none_of_ours(tmp_path):
    with pytest.raises(FileNotFoundError, match="must be a file that is there"):
        Segmenter.load(tmp_path / "none")
    path = tmp_path / "wrong"
    path.write_bytes(b"text")
    with pytest.raises(ValueError, match="must be a file that Segmenter.save wrote"):
        Segmenter.load(path)
    settings = {"format": "brainscan segmenter", "version": 99}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("settings.json", json.dumps(settings))
    with pytest.raises(ValueError, match="of version 99"):
        Segmenter.load(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("settings.json", json.dumps(settings))
    with pytest.raises(ValueError, match="is compressed"):
        Segmenter.load(path)


def test_a_network_that_names_code_of_others_is_refused(tmp_path):
    image = keras.Input((32, 32, 3), name="image")
    mask = models.layers.Conv2D(1, 1, activation="sigmoid")(image)
    path = Segmenter(keras.Model(image, mask)).save(tmp_path / "tumours.segmenter")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    network = json.loads(parts["architecture.json"])
    layer = next(part for part in network["config"]["layers"] if part["class_name"] == "Conv2D")
    layer |= {"class_name": "Lambda", "module": "keras.layers", "registered_name": None}
    parts["architecture.json"] = json.dumps(network).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match="Segmenter.save wrote; it was refused: .*Lambda"):
        Segmenter.load(path)


def test_refuses_a_classifier_and_a_threshold_that_is_none():
    with pytest.raises(ValueError, match="model must give a mask"):
        Segmenter(bs.models.build("small_cnn", (32, 32, 3), None, "global_max"))
    with pytest.raises(ValueError, match="threshold must be"):
        Segmenter(bright(), threshold=1.5)


def test_image_and_mask_stay_together(slice_and_tumour):
    image, tumour = slice_and_tumour
    frame = Frame((80, 64))
    seen, inside = frame.image(image), frame.mask(tumour, image)
    assert seen.shape == (80, 64, 3)
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(inside, seen[:, :, 0] > 170)
    back = frame.back(inside.astype(np.float32), image) > 0.5
    assert dice(back, tumour) > 0.93


def test_a_mask_of_another_size():
    with pytest.raises(ValueError, match=r"height and width, \(20, 30\); got \(30, 20\)"):
        Frame((8, 8)).mask(np.zeros((30, 20)), np.zeros((20, 30)))
