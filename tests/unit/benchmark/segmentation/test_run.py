import csv
import json
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

import brainscan as bs
from brainscan.benchmark.images import prepare
from brainscan.benchmark.segmentation.images import prepare_masks, read_mask
from brainscan.datasets import Split
from brainscan.explain import uncrop
from brainscan.segment import Postprocess

from .conftest import Bright, make_outlined, registered

NOTHING = Postprocess(fill_holes=False)


def run(data, models, recipe, **options):
    options = {"progress": False, "postprocess": NOTHING, **options}
    return bs.benchmark.run_segmentation(data, models, recipe=recipe, **options)


def same_predictions(one, other, model):
    first, second = one.predictions[model], other.predictions[model]
    assert first.ids == second.ids
    for stage in ("before", "after"):
        for name, values in getattr(first, stage).items():
            np.testing.assert_array_equal(values, getattr(second, stage)[name])
    assert all(map(np.array_equal, one.masks[model], other.masks[model]))


def test_every_image_is_tested_once_and_judged_in_its_own_pixels(squares, recipe, bright):
    result = run(squares, ["bright"], recipe)
    row, seen = result.rows[0], result.predictions["bright"]
    assert sorted(seen.ids) == sorted(squares.ids)
    assert (row.tested, row.lesions) == (40, 20)
    where = [squares.ids.index(name) for name in seen.ids]
    truths = [squares.masks[i] for i in where]
    assert [mask.shape for mask in result.masks["bright"]] == [mask.shape for mask in truths]
    found = bs.metrics.evaluate_masks(truths, result.masks["bright"], squares.groups[where])
    for name, values in found.values.items():
        np.testing.assert_array_equal(values, seen.after[name])
    assert row.means == found.means == row.before
    assert row.means["dice"].value > 0.8
    assert row.means["empty_specificity"].value == 1.0
    np.testing.assert_array_equal(seen.areas, [mask.sum() for mask in truths])
    predicted = [mask.sum() for mask in result.masks["bright"]]
    np.testing.assert_array_equal(seen.predicted_areas, predicted)


def test_contenders_are_given_splits_without_leaks_and_masks_of_the_crops(squares, recipe, bright):
    run(squares, ["bright"], recipe, seed=3)
    assert [seed for _, _, seed in bright.seen] == [3, 4, 5, 6, 7]
    for contender, split, _ in bright.seen:
        parts = [set(squares.groups[part]) for part in split.parts().values()]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]
        inputs = contender.inputs
        assert inputs.images.shape == (40, 32, 32, 3)
        assert inputs.masks.shape == (40, 32, 32)
        np.testing.assert_array_equal(inputs.masks.any(axis=(1, 2)), inputs.labels == 1)
        assert inputs.images[inputs.masks].mean() > 200
        assert inputs.images[~inputs.masks].mean() < 130


@pytest.fixture(scope="module")
def trained(recipe, tmp_path_factory):
    """A run of a network, and its folder."""
    folder = tmp_path_factory.mktemp("trained")
    models = ["small_cnn+unet", "otsu"]
    return run(make_outlined(), models, recipe, protocol="holdout", folder=folder), folder


def test_a_network_is_trained_and_its_row_is_complete(trained):
    result, folder = trained
    network, otsu = result.rows
    assert network.error is otsu.error is None
    assert (network.kind, otsu.kind) == ("cnn", "classical")
    assert network.trainable_parameters > 97_000
    assert network.ms_per_step > 0
    assert network.compile_seconds > 0
    assert network.training_seconds > 0
    assert 0 <= network.means["dice"].value <= 1
    history = result.histories["small_cnn+unet"][0]
    assert history.epochs[0].validation_dice is not None
    assert "otsu" not in result.histories
    assert otsu.trainable_parameters is None
    assert otsu.means["dice"].value > 0.4
    assert (folder / "figures/training_loss.png").is_file()
    assert (folder / "figures/training_dice.png").is_file()


def test_same_seed_same_masks(trained, recipe):
    again = run(make_outlined(), ["small_cnn"], recipe, protocol="holdout")
    first, second = trained[0].masks["small_cnn+unet"], again.masks["small_cnn"]
    assert all(map(np.array_equal, first, second))
    assert trained[0].rows[0].means == again.rows[0].means


def test_a_result_is_read_back(trained, tmp_path, no_pictures):
    result, folder = trained
    read = bs.benchmark.SegmentationResult.load(folder)
    assert read.rows == result.rows
    assert read.settings == result.settings
    assert read.histories == result.histories
    assert read.images == result.images
    for model in ("small_cnn+unet", "otsu"):
        same_predictions(result, read, model)
    read.save(tmp_path / "copy")
    again = bs.benchmark.SegmentationResult.load(tmp_path / "copy")
    same_predictions(result, again, "otsu")


def test_post_processing_is_shown_beside_what_it_started_from(squares, recipe, bright):
    class Speckled(Bright):
        def probabilities(self, images):
            found = super().probabilities(images)
            found[:, 16, 2] = 1
            return found

    with registered(speckled=Speckled):
        result = run(squares, ["speckled"], recipe, postprocess=Postprocess(minimum_area=20))
    row = result.rows[0]
    assert row.before["dice"].value < row.means["dice"].value
    assert row.before["hd95"].value > row.means["hd95"].value
    assert row.before["empty_specificity"].value == 0.0
    assert row.means["empty_specificity"].value == 1.0
    assert result.settings["postprocess"]["minimum_area"] == 20
    assert "parts under 20 pixels taken away" in result.to_markdown()


def test_run_folder(squares, recipe, bright, tmp_path):
    result = run(squares, ["bright", "otsu"], recipe, folder=tmp_path)
    assert (tmp_path / "table.md").read_text() == result.to_markdown()
    assert (tmp_path / "table.tex").read_text() == result.to_latex()
    assert (tmp_path / "table.csv").read_text() == result.to_csv()
    for name in ("dice", "dice_by_area", "overlays_bright", "overlays_otsu"):
        assert (tmp_path / f"figures/{name}.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "report.html").read_text().count("<img") == 4
    with (tmp_path / "predictions/bright.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    for row, mask in zip(rows, result.masks["bright"], strict=True):
        stored = np.asarray(Image.open(tmp_path / row["mask"]))
        np.testing.assert_array_equal(stored, mask * np.uint8(255))
        assert int(row["predicted_area"]) == mask.sum()
        assert (row["dice"] == "") == (row["area"] == row["predicted_area"] == "0")
    with (tmp_path / "table.csv").open() as file:
        table = list(csv.DictReader(file))
    assert float(table[0]["dice"]) == result.rows[0].means["dice"].value
    assert float(table[1]["hd95_low"]) == result.rows[1].means["hd95"].low
    with (tmp_path / "metrics.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 2 * 2 * 8


def test_a_result_of_another_kind_is_not_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"folder must hold a result\.json"):
        bs.benchmark.SegmentationResult.load(tmp_path)
    (tmp_path / "result.json").write_text('{"format": 2, "settings": {}}')
    with pytest.raises(ValueError, match=r"must be of a segmentation, in format 1; got task None"):
        bs.benchmark.SegmentationResult.load(tmp_path)


class Stopped(Bright):
    """Stopped by its user in the third fold."""

    told: ClassVar = ["stop"]  # what happens, not what the code says: the run stays the same one

    def train(self, split, seed, advance):
        if seed == 2 and Stopped.told:
            raise KeyboardInterrupt
        return super().train(split, seed, advance)


def test_a_stopped_run_goes_on_from_its_folder(squares, recipe, bright, tmp_path, no_pictures):
    with registered(stopped=Stopped):
        cut = run(squares, ["stopped", "otsu"], recipe, folder=tmp_path)
        assert cut.interrupted
        assert [row.error for row in cut.rows] == ["stopped before it was done"] * 2
        assert "stopped before it was done" in (tmp_path / "report.md").read_text()
        Stopped.told.clear()
        Bright.seen.clear()
        result = run(squares, ["stopped", "otsu"], recipe, folder=tmp_path)
        assert [seed for _, _, seed in Bright.seen] == [2, 3, 4]
        whole = run(squares, ["stopped", "otsu"], recipe)
    assert not result.interrupted
    same_predictions(result, whole, "stopped")
    assert result.rows[0].means == whole.rows[0].means


def test_a_finished_run_is_read_back(squares, recipe, bright, tmp_path, no_pictures):
    first = run(squares, ["bright"], recipe, folder=tmp_path)
    Bright.seen.clear()
    again = run(squares, ["bright"], recipe, folder=tmp_path)
    assert not Bright.seen
    assert again.rows == first.rows
    same_predictions(first, again, "bright")


@pytest.mark.parametrize("damage", ["masks", "folds"])
def test_what_is_damaged_is_made_again(squares, recipe, bright, tmp_path, damage, no_pictures):
    first = run(squares, ["bright"], recipe, folder=tmp_path)
    files = sorted((tmp_path / damage).rglob("*.*"))
    files[0].write_bytes(files[0].read_bytes()[:40])
    Bright.seen.clear()
    again = run(squares, ["bright"], recipe, folder=tmp_path)
    assert [seed for _, _, seed in Bright.seen] == [0, 4]  # the last to time inference
    same_predictions(first, again, "bright")


def test_a_folder_of_another_run_is_refused(squares, recipe, bright, tmp_path, no_pictures):
    run(squares, ["bright"], recipe, folder=tmp_path)
    with pytest.raises(ValueError, match=r"postprocess\.minimum_area was 0, now 9"):
        run(squares, ["bright"], recipe, folder=tmp_path, postprocess=Postprocess(9, False))
    changed = [~mask if i == 1 else mask for i, mask in enumerate(squares.masks)]
    with pytest.raises(ValueError, match=r"data\.masks was"):
        run(replace(squares, masks=changed), ["bright"], recipe, folder=tmp_path)
    other = run(squares, ["otsu"], recipe)
    with pytest.raises(ValueError, match="is the folder of another run"):
        other.save(tmp_path)


def test_a_model_that_fails_is_a_row_that_says_why(squares, recipe, bright, tmp_path, no_pictures):
    class Broken(Bright):
        def train(self, split, seed, advance):
            raise MemoryError("no room for it")

    class Wrong(Bright):
        def probabilities(self, images):
            return np.zeros((len(images), 8, 8))

    class Large(Bright):
        def probabilities(self, images):
            return 2.0 * (images[..., 0] > 200)

    with registered(broken=Broken, wrong=Wrong, large=Large):
        result = run(squares, ["broken", "wrong", "large", "bright"], recipe, folder=tmp_path)
    errors = [row.error for row in result.rows]
    assert errors[0] == "MemoryError: no room for it"
    assert "of shape (8, 32, 32), those of the images; got shape (8, 8, 8)" in errors[1]
    assert errors[2] == "ValueError: probabilities must be in 0 to 1; got 0 to 2."
    assert errors[3] is None
    assert "- broken: MemoryError: no room for it" in result.to_markdown()
    assert "| broken |  |  |  | failed |" in result.to_markdown()
    assert list(result.predictions) == ["bright"]


def test_a_backbone_without_imagenet_weights_is_such_a_row(squares, recipe):
    result = run(squares, ["small_cnn", "otsu"], replace(recipe, weights="imagenet"))
    assert "no pre-trained weights" in result.rows[0].error
    assert result.rows[1].error is None


def test_images_without_a_mask_of_their_size_are_left_out_and_named(
    squares, recipe, bright, capsys
):
    class Masks(list):
        def __getitem__(self, index):
            if index == 5:
                raise ValueError("mask 5.png must have the size of its image")
            if index == 9:
                raise FileNotFoundError("there is no 9.png")
            return list.__getitem__(self, index)

    masks = Masks(squares.masks)
    masks[2] = masks[2][:-1]
    masks[3] = masks[3] * np.uint8(255)
    data = replace(squares, masks=masks)
    result = bs.benchmark.run_segmentation(data, ["bright"], recipe=recipe)
    left_out = result.settings["data"]["left_out"]
    assert left_out["square/2"] == (
        "its mask must have the size of the image, 72x72 (height x width); got 71x72"
    )
    assert "got values from 0 to 255" in left_out["square/3"]
    assert left_out["square/5"] == "mask 5.png must have the size of its image"
    assert left_out["square/9"] == "there is no 9.png"
    assert result.rows[0].tested == 36
    assert "left out square/9: there is no 9.png" in capsys.readouterr().err
    assert "4 left out, which the report names" in result.to_markdown()


def test_a_mask_may_be_none():
    data = make_outlined(4, masks=[None] * 4)
    record = prepare(data, (32, 32)).records[0]
    assert read_mask(data, 0, record) == "it has no mask"


def test_data_without_masks_are_refused(squares, recipe):
    with pytest.raises(ValueError, match=r"data must have masks; .* has none.*masks=\.\.\."):
        run(replace(squares, masks=None), ["otsu"], recipe)
    small = [mask[:9] for mask in squares.masks]
    with pytest.raises(
        ValueError, match="must have a mask; none has. The first, square/0: its mask"
    ):
        run(replace(squares, masks=small), ["otsu"], recipe)
    empty = [np.zeros_like(mask) for mask in squares.masks]
    with pytest.raises(ValueError, match="must outline something; every one of them is empty"):
        run(replace(squares, masks=empty), ["otsu"], recipe)


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ([], ValueError, "models must name at least one"),
        ("otsu, small_cnn", TypeError, r"Give \['otsu', 'small_cnn'\]"),
        (["smal_cnn"], ValueError, "Did you mean 'small_cnn'"),
        (["ostu"], ValueError, "Did you mean 'otsu'"),
        (["small_cnn+unett"], ValueError, "decoder must be one of .* Did you mean 'unet'"),
        (["small_cnn+"], ValueError, "decoder must be one of the registered names; got ''"),
        (["otsu+unet"], ValueError, "'otsu' takes no decoder; got 'otsu.unet'"),
        (["otsu", "otsu"], ValueError, "named once each"),
    ],
)
def test_names_are_checked_before_anything_is_read(recipe, models, error, message):
    unread = make_outlined(masks=None)
    with pytest.raises(error, match=message):
        run(unread, models, recipe)


def test_distances_in_millimetres(squares, recipe, bright):
    pixels = run(squares, ["bright"], recipe)
    mm = run(squares, ["bright"], recipe, spacing_mm=0.5)
    assert mm.rows[0].means["hd95"].value == pytest.approx(pixels.rows[0].means["hd95"].value / 2)
    assert "HD95, mm" in mm.to_markdown()
    assert "HD95, pixels" in pixels.to_markdown()
    assert mm.settings["spacing_mm"] == [0.5, 0.5]


def test_own_splits_may_not_leak(squares, recipe, bright):
    apart = [Split(np.arange(22), np.arange(22, 32), np.arange(32, 40))]  # 20 to 23 are a group
    with pytest.raises(ValueError, match="a group must stay on one side"):
        run(squares, ["bright"], recipe, protocol=apart)


def test_repeats_count_each_time_an_image_is_tested(squares, recipe, bright):
    result = run(squares, ["bright"], recipe, protocol="repeated")
    once = run(squares, ["bright"], recipe)
    assert result.rows[0].tested == 120
    assert len(set(result.predictions["bright"].files)) == 120
    one, three = (r.rows[0].means["dice"] for r in (once, result))
    assert three.value == pytest.approx(one.value)
    # Three looks at the same groups say no more than one: the same method in each.
    assert three.high - three.low == pytest.approx(one.high - one.low, rel=0.15)


def test_masks_go_into_the_crop_and_back():
    data = make_outlined(8)
    outlined = prepare_masks(data, (128, 128))
    boxes = outlined.prepared.boxes
    assert all(box.height < 64 and box.width < 64 for box in boxes)
    for truth, small, box, record in zip(
        outlined.truths, outlined.inputs.masks, boxes, outlined.prepared.records, strict=True
    ):
        back = uncrop(small, box, (record.height, record.width)) > 0.5
        assert back.shape == truth.shape
        if truth.any():
            assert bs.metrics.dice(truth, back) > 0.97


def test_ids_that_are_no_file_names(squares, recipe, bright, tmp_path, no_pictures):
    names = tuple(f"../a b:{i % 2}/ü{'x' * 200}{i}" for i in range(40))
    result = run(replace(squares, ids=names), ["bright"], recipe, folder=tmp_path / "run")
    assert len(list((tmp_path / "run/masks").rglob("*.png"))) == 40
    assert len(set(result.predictions["bright"].files)) == 40
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_settings_tell_what_the_run_depends_on(squares, recipe, tmp_path, no_pictures):
    run(squares, ["otsu"], recipe, folder=tmp_path)
    settings = json.loads((tmp_path / "settings.json").read_text())
    assert settings["task"] == "segmentation"
    assert settings["data"]["lesions"] == 20
    assert settings["protocol"] == "grouped"
    assert settings["recipe"]["decoder"] == "unet"
