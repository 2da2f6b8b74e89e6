import csv
import json
from dataclasses import replace
from hashlib import sha256
from importlib import import_module

import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.benchmark.contender import Network
from brainscan.benchmark.images import prepare
from brainscan.datasets import Split, load

from .conftest import make_dataset

CLASSICAL = ["knn", "tree", "svm"]


def run(data, models, recipe, **options):
    return bs.benchmark.run(data, models, recipe=recipe, **{"progress": False, **options})


def test_grouped_run_tests_every_image_once_by_a_model_that_had_not_seen_it(discs, recipe):
    result = run(discs, CLASSICAL, recipe)
    for row in result.rows:
        predictions = result.predictions[row.model]
        assert sorted(predictions.ids) == sorted(discs.ids)
        assert row.tested == 40
        right = (bs.metrics.decide(predictions.scores) == predictions.labels).sum()
        assert row.correct == right
        assert row.accuracy == right / 40
        hits = bs.metrics.decide(predictions.scores) == predictions.labels
        interval = bs.metrics.clustered_wilson(hits, predictions.groups)
        assert (row.accuracy_low, row.accuracy_high) == interval
        assert row.auc == bs.metrics.roc_auc(predictions.labels, predictions.scores)
        assert row.auc_low < row.auc <= row.auc_high
        groups = {}
        for name, fold in zip(predictions.ids, predictions.folds, strict=True):
            group = discs.groups[discs.ids.index(name)]
            assert groups.setdefault(group, fold) == fold
    assert result.rows[2].accuracy > 0.8


def test_paper_protocol_tests_51_of_253(recipe):
    result = run(make_dataset(253), ["knn"], recipe, protocol="paper")
    assert result.rows[0].tested == 51


def test_network_row_is_complete(discs, recipe):
    result = run(discs, ["small_cnn", "knn"], recipe)
    network, classical = result.rows
    assert (network.kind, classical.kind) == ("cnn", "classical")
    assert network.trainable_parameters == 97_809
    assert classical.trainable_parameters is None
    assert network.ms_per_step > 0
    assert classical.ms_per_step > 0
    assert network.compile_seconds > 0
    assert network.training_seconds > 0
    assert len(result.histories["small_cnn"]) == 5
    assert result.histories["small_cnn"][0].compile_seconds > 0
    assert all(history.compile_seconds == 0 for history in result.histories["small_cnn"][1:])
    assert "knn" not in result.histories


def test_same_seed_same_predictions(discs, recipe):
    scores = [
        run(discs, ["small_cnn", "svm"], recipe, protocol="paper", seed=seed).predictions
        for seed in (3, 3, 4)
    ]
    for model in ("small_cnn", "svm"):
        first, second, other = (result[model] for result in scores)
        assert first.ids == second.ids
        np.testing.assert_array_equal(first.scores, second.scores)
        assert first.ids != other.ids


def test_three_classes(recipe, tmp_path):
    data = make_dataset(60, classes=3)
    result = run(data, ["small_cnn", "svm"], recipe, folder=tmp_path)
    assert result.predictions["small_cnn"].scores.shape == (60, 3)
    assert result.rows[1].accuracy > 0.6
    header = (tmp_path / "predictions/svm.csv").read_text().splitlines()[0]
    assert header == "id,sha256,group,fold,label,score_none,score_bright,score_dark"
    assert (tmp_path / "figures/figure6_comparison.png").is_file()


def test_a_model_that_fails_is_a_row_that_says_so(discs, recipe, monkeypatch, tmp_path):
    def explode(*_, **__):
        raise MemoryError("no room for it")

    monkeypatch.setattr(Network, "train", explode)
    result = run(discs, ["small_cnn", "knn"], recipe, folder=tmp_path)
    failed, fine = result.rows
    assert failed.error == "MemoryError: no room for it"
    assert failed.accuracy is None
    assert fine.accuracy is not None
    assert "small_cnn: MemoryError: no room for it" in result.to_markdown()
    assert "| small_cnn |  |  |  | failed |  |" in result.to_markdown()


def test_a_backbone_without_imagenet_weights_is_such_a_row(discs, recipe):
    result = run(discs, ["small_cnn", "knn"], replace(recipe, weights="imagenet"))
    assert "no pre-trained weights" in result.rows[0].error
    assert result.rows[1].error is None


def test_images_that_cannot_be_read_are_left_out_and_named(discs, recipe, capsys):
    class Broken(list):
        def __getitem__(self, index):
            if index == 3:
                raise ValueError("disc-3.png must be a whole image file")
            return list.__getitem__(self, index)

    data = replace(discs, images=Broken(discs.images))
    result = run(data, ["knn"], recipe, progress=True)
    reason = "disc-3.png must be a whole image file"
    assert result.settings["data"]["left_out"] == {"disc-3": reason}
    assert result.rows[0].tested == 39
    assert f"left out disc-3: {reason}" in capsys.readouterr().err


def test_a_blank_slice_is_kept(recipe):
    blank = make_dataset()
    images = [np.zeros_like(blank.images[0]), *blank.images[1:]]
    result = run(replace(blank, images=images), ["knn"], recipe)
    assert result.rows[0].tested == 40


def test_run_folder(discs, recipe, tmp_path):
    folder = tmp_path / "run"
    result = run(discs, ["small_cnn", "knn"], recipe, folder=folder)
    assert (folder / "table.md").read_text() == result.to_markdown()
    assert (folder / "table.tex").read_text() == result.to_latex()
    assert (folder / "table.csv").read_text() == result.to_csv()
    for figure in ("figure4_accuracy", "figure5_loss", "figure6_comparison"):
        assert (folder / f"figures/{figure}.png").read_bytes().startswith(b"\x89PNG")
    with (folder / "predictions/knn.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["id"]: float(row["score"]) for row in rows} == dict(
        zip(result.predictions["knn"].ids, result.predictions["knn"].scores, strict=True)
    )
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["data"]["classes"] == ["none", "bright"]
    assert not [path for path in folder.rglob(".*") if path.is_file()]
    loaded = bs.benchmark.Result.load(folder)
    assert loaded.rows == result.rows
    assert loaded.histories == result.histories
    assert loaded.to_markdown() == result.to_markdown()


def test_a_run_goes_on_where_it_was_stopped(discs, recipe, tmp_path, monkeypatch):
    expected = run(discs, ["small_cnn", "knn"], recipe)
    done = []
    train = Network.train

    def stop_in_fold_three(self, split, seed, advance):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(split)
        return train(self, split, seed, advance)

    monkeypatch.setattr(Network, "train", stop_in_fold_three)
    cut = run(discs, ["small_cnn", "knn"], recipe, folder=tmp_path / "run")
    assert cut.interrupted
    assert [row.error for row in cut.rows] == ["stopped before it was done"] * 2
    assert "- knn: stopped before it was done" in (tmp_path / "run/table.md").read_text()
    monkeypatch.setattr(Network, "train", lambda *a: (done.append(0), train(*a))[1])
    whole = run(discs, ["small_cnn", "knn"], recipe, folder=tmp_path / "run")
    assert len(done) == 5
    assert not whole.interrupted
    for name in ("small_cnn", "knn"):
        assert whole.predictions[name].ids == expected.predictions[name].ids
        np.testing.assert_array_equal(
            whole.predictions[name].scores, expected.predictions[name].scores
        )
    again = run(discs, ["small_cnn", "knn"], recipe, folder=tmp_path / "run")
    assert len(done) == 5
    assert again.rows == whole.rows


def test_a_folder_of_another_run_is_refused(discs, recipe, tmp_path):
    run(discs, ["knn"], recipe, folder=tmp_path / "run")
    with pytest.raises(ValueError, match=r"other settings: .*seed was 0, now 1"):
        run(discs, ["knn"], recipe, folder=tmp_path / "run", seed=1)
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds other files. Choose another folder"):
        run(discs, ["knn"], recipe, folder=tmp_path)


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["knn", "smal_cnn"], r"model must be one of .* got 'smal_cnn'\. Did you mean 'small_cnn'"),
        ([], "models must name at least one"),
        (["knn", "knn"], r"named once each; got \['knn', 'knn'\]"),
    ],
)
def test_bad_models(discs, recipe, models, message):
    with pytest.raises(ValueError, match=message):
        run(discs, models, recipe)


def test_one_name_is_no_sequence_of_names(discs, recipe):
    with pytest.raises(TypeError, match=r"a sequence of names; got 'knn'\. Give \['knn'\]"):
        run(discs, "knn", recipe)


def test_unknown_protocol_offers_the_nearest(discs, recipe):
    with pytest.raises(ValueError, match="got 'groups'. Did you mean 'grouped'"):
        run(discs, ["knn"], recipe, protocol="groups")


def test_too_few_groups(discs, recipe):
    with pytest.raises(ValueError, match=r"at least 5 groups of every class; .* has 2"):
        run(discs.with_groups(np.arange(40) // 20), ["knn"], recipe)


def test_no_result_in_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="must hold a result.json"):
        bs.benchmark.Result.load(tmp_path)
    (tmp_path / "result.json").write_text('{"format": 99}')
    with pytest.raises(ValueError, match="must have format 2; got 99"):
        bs.benchmark.Result.load(tmp_path)


def test_splits_of_ones_own(discs, recipe):
    split = bs.datasets.Split(np.arange(24), np.arange(24, 32), np.arange(32, 40))
    result = run(discs, ["knn"], recipe, protocol=[split])
    assert result.predictions["knn"].ids == discs.ids[32:]
    assert "splits of the user's own" in result.to_markdown()
    overlapping = bs.datasets.Split(np.arange(24), np.arange(24, 32), np.arange(23, 40))
    with pytest.raises(ValueError, match=r"split 0: a group must stay on one side"):
        run(discs, ["knn"], recipe, protocol=[overlapping])


def test_twins_are_counted_in_the_papers_table(recipe):
    result = run(make_dataset(253), ["knn"], recipe, protocol="paper")
    twins = result.settings["twins"]
    assert twins > 0
    assert f"{twins} tested images have one of their group" in (result.to_markdown())
    assert run(make_dataset(40), ["knn"], recipe).settings["twins"] == 0


def test_repeats_are_averaged(discs, recipe):
    result = run(discs, ["tree"], recipe, protocol="repeated")
    (row,) = result.rows
    every = result.predictions["tree"]
    assert len(every.ids) == 120
    averaged = every.averaged()
    assert averaged.ids == every.ids[:40]
    for name, score in zip(averaged.ids[:5], averaged.scores[:5], strict=True):
        assert score == pytest.approx(
            np.mean([s for i, s in zip(every.ids, every.scores, strict=True) if i == name])
        )
    assert row.tested == 40
    assert row.single_accuracy == bs.metrics.accuracy(every.labels, every.scores)
    assert "accuracy of one model" in result.to_markdown()


def from_elsewhere(n=24, **changes):
    """Discs with a coarse pattern of their own each, so that none is like another."""
    rng = np.random.default_rng(1)
    data = make_dataset(n, name="elsewhere", seed=1, **changes)
    patterns = rng.integers(0, 120, (n, 8, 8), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
    images = [image // 2 + pattern for image, pattern in zip(data.images, patterns, strict=True)]
    return replace(data, images=images)


def test_external_images_are_scored_by_all_folds(discs, recipe, tmp_path):
    other = from_elsewhere(class_names=("no", "yes"))
    result = run(discs, ["knn", "svm"], recipe, external=other, folder=tmp_path)
    predictions = result.externals["svm"]
    assert len(predictions.ids) == 5 * 24
    assert result.rows[1].external_tested == 24
    averaged = predictions.averaged()
    right = (bs.metrics.decide(averaged.scores) == other.labels).mean()
    assert result.rows[1].external_accuracy == right
    assert "External: elsewhere, 24 images" in result.to_markdown()
    assert (tmp_path / "predictions/external-svm.csv").is_file()
    assert bs.benchmark.Result.load(tmp_path).rows == result.rows


def test_external_images_that_overlap_are_refused(discs, recipe):
    other = from_elsewhere()
    images = [discs.images[0] // 2, *other.images[1:]]
    result = run(discs, ["knn"], recipe, external=replace(other, images=images))
    assert result.rows[0].external_tested == 23
    reason = "a near-duplicate of an image of the benchmark's data"
    assert result.settings["external"]["left_out"] == {"disc-0": reason}
    with pytest.raises(ValueError, match="every one is a near-duplicate of an image of the data"):
        run(discs, ["knn"], recipe, external=discs)
    with pytest.raises(ValueError, match="must have the classes of the data, none, bright; got"):
        run(discs, ["knn"], recipe, external=make_dataset(30, classes=3))


def test_shuffled_labels_give_chance(recipe):
    data = make_dataset(120)
    assert run(data, ["svm"], recipe).rows[0].auc > 0.95
    shuffled = [run(data, ["svm"], recipe, control="shuffled_labels", seed=s) for s in range(6)]
    assert 0.4 < np.mean([result.rows[0].auc for result in shuffled]) < 0.6
    assert "labels were shuffled" in shuffled[0].to_markdown()


def test_a_control_is_another_run(discs, recipe, tmp_path):
    masked = run(discs, ["svm"], recipe, control="centre_masked", folder=tmp_path)
    assert "the middle half" in masked.to_markdown()
    assert not np.array_equal(
        masked.predictions["svm"].scores, run(discs, ["svm"], recipe).predictions["svm"].scores
    )
    with pytest.raises(ValueError, match="control was 'centre_masked', now None"):
        run(discs, ["svm"], recipe, folder=tmp_path)


def test_robustness_curves(discs, recipe, tmp_path):
    result = run(discs, ["svm"], recipe, protocol="holdout", robustness=True, folder=tmp_path)
    curves = result.robustness["svm"]
    assert set(curves) == set(bs.benchmark.corruptions.names())
    assert all(len(curve) == 5 and 0 <= min(curve) <= max(curve) <= 1 for curve in curves.values())
    assert (tmp_path / "figures/robustness.png").is_file()


def test_files_are_named_by_their_hashes(discs, recipe):
    result = run(discs, ["knn"], recipe)
    records = result.images
    assert len(records) == 40
    assert all(len(record.sha256) == 64 for record in records.values())
    assert records["disc-0"].height == 64
    assert records["disc-0"].format == "array"


def test_kept_networks_give_the_scores_again(discs, recipe, tmp_path):
    keep = {"folder": tmp_path, "keep_models": True, "external": from_elsewhere()}
    result = run(discs, ["small_cnn", "knn"], recipe, **keep)
    names = {path.name for path in (tmp_path / "models").iterdir()}
    assert names == {"small_cnn.keras", *(f"small_cnn-{fold}.keras" for fold in range(5))}
    images = prepare(discs, recipe.size).inputs.images.astype(np.float32)
    first = keras.saving.load_model(tmp_path / "models/small_cnn-0.keras")
    tested = bs.datasets.grouped_folds(discs)[0].test
    expected = result.predictions["small_cnn"].scores[: len(tested)]
    np.testing.assert_allclose(first.predict(images[tested], verbose=0)[:, 0], expected, atol=1e-5)
    mean = keras.saving.load_model(tmp_path / "models/small_cnn.keras")
    others = prepare(keep["external"], recipe.size).inputs.images.astype(np.float32)
    averaged = result.externals["small_cnn"].averaged().scores
    np.testing.assert_allclose(mean.predict(others, verbose=0)[:, 0], averaged, atol=1e-5)


def test_a_lost_network_is_trained_again(discs, recipe, tmp_path):
    keep = {"folder": tmp_path, "keep_models": True, "protocol": "holdout"}
    first = run(discs, ["small_cnn"], recipe, **keep)
    (tmp_path / "models/small_cnn-0.keras").unlink()
    again = run(discs, ["small_cnn"], recipe, **keep)
    assert (tmp_path / "models/small_cnn-0.keras").is_file()
    scores = (result.predictions["small_cnn"].scores for result in (first, again))
    np.testing.assert_array_equal(*scores)


def test_networks_are_kept_in_a_folder(discs, recipe):
    with pytest.raises(ValueError, match="keep_models needs a folder to write to"):
        run(discs, ["knn"], recipe, keep_models=True)


class Spy(Network):
    """A contender that keeps the splits and images it is given."""

    seen: list = []  # noqa: RUF012

    def train(self, split, seed, advance):
        fit = self._trainer.fit

        def keep(learnt, labels, validation, *rest):
            Spy.seen.append((split, learnt, labels, *validation))
            return fit(learnt, labels, validation, *rest)

        self._trainer.fit = keep
        try:
            return super().train(split, seed, advance)
        finally:
            self._trainer.fit = fit


def test_a_network_learns_and_is_chosen_without_the_test_images(discs, recipe, monkeypatch):
    monkeypatch.setattr(import_module("brainscan.benchmark.combined"), "Network", Spy)
    Spy.seen.clear()
    run(discs, ["small_cnn"], recipe)
    assert len(Spy.seen) == 5
    images = prepare(discs, recipe.size).inputs.images
    for split, learnt, labels, validated, validation_labels in Spy.seen:
        assert not set(split.test) & {*split.train, *split.validation}
        np.testing.assert_array_equal(learnt, images[split.train])
        np.testing.assert_array_equal(labels, discs.labels[split.train])
        np.testing.assert_array_equal(validated, images[split.validation])
        np.testing.assert_array_equal(validation_labels, discs.labels[split.validation])


def test_a_classifier_learns_without_the_test_images(discs, recipe, monkeypatch):
    images = prepare(discs, recipe.size).inputs.images
    table = bs.features.glcm_lbp(images)
    learnt, tested = [], []

    class Memory:
        def fit(self, X, y):  # noqa: N803
            learnt.append((X, y))
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):  # noqa: N803
            return np.zeros(len(X))

        def predict_proba(self, X):  # noqa: N803
            tested.append(X)
            return np.full((len(X), 2), 0.5)

    monkeypatch.setattr("brainscan.features.build_classifier", lambda *_: Memory())
    run(discs, ["knn"], recipe)
    splits = bs.datasets.grouped_folds(discs)
    for split, (rows, labels), seen in zip(splits, learnt, tested, strict=False):
        expected = np.concatenate([split.train, split.validation])
        np.testing.assert_array_equal(rows, table[expected])
        np.testing.assert_array_equal(labels, discs.labels[expected])
        np.testing.assert_array_equal(seen, table[split.test])


def test_predictions_stand_beside_the_images_they_are_of(discs, recipe):
    result = run(discs, ["svm"], recipe)
    predictions = result.predictions["svm"]
    truth = dict(zip(discs.ids, discs.labels, strict=True))
    assert dict(zip(predictions.ids, predictions.labels, strict=True)) == truth
    tested = np.concatenate([split.test for split in bs.datasets.grouped_folds(discs)])
    assert predictions.ids == tuple(discs.ids[i] for i in tested)


def test_a_class_without_images_shifts_no_other(recipe):
    data = make_dataset(60, classes=3)
    two = data.subset(np.flatnonzero(data.labels != 0))
    result = run(two, ["knn", "svm"], recipe, protocol="paper")
    for row in result.rows:
        assert row.accuracy > 0.8
        assert result.predictions[row.model].scores.shape[1] == 3
        assert (result.predictions[row.model].scores[:, 0] == 0).all()


def test_a_folder_of_other_versions_is_refused(discs, recipe, tmp_path):
    run(discs, ["knn"], recipe, folder=tmp_path)
    settings = json.loads((tmp_path / "settings.json").read_text())
    settings["date"] = "2020-01-01"
    settings["environment"]["system"] = "another kernel"
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    again = run(discs, ["knn"], recipe, folder=tmp_path)
    assert again.settings["date"] == "2020-01-01"
    settings["environment"]["keras"] = "3.0.0"
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    with pytest.raises(ValueError, match=r"environment\.keras was '3\.0\.0', now"):
        run(discs, ["knn"], recipe, folder=tmp_path)


def test_damaged_files_of_a_run_are_made_again(discs, recipe, tmp_path):
    whole = run(discs, ["knn"], recipe, folder=tmp_path)
    (tmp_path / "folds/knn-2.json").write_text("")
    (tmp_path / "rows/knn.json").write_text('{"model": "kn')
    again = run(discs, ["knn"], recipe, folder=tmp_path)
    np.testing.assert_array_equal(again.predictions["knn"].scores, whole.predictions["knn"].scores)
    assert json.loads((tmp_path / "rows/knn.json").read_text())["model"] == "knn"


def test_saving_over_another_result_leaves_none_of_it(discs, recipe, tmp_path):
    run(discs, ["knn", "svm"], recipe).save(tmp_path)
    run(discs, ["svm"], recipe).save(tmp_path)
    assert [path.name for path in (tmp_path / "predictions").iterdir()] == ["svm.csv"]


def test_sixteen_bit_images_with_alpha_are_as_bright_as_those_without():
    gray = load("phantom", n=2)[0].astype(np.uint16) * 16
    images = [np.dstack([gray] * 3), np.dstack([gray] * 3 + [np.full_like(gray, 65535)])]
    data = make_dataset(2, images=images)
    prepared = prepare(data, (64, 64)).inputs.images
    np.testing.assert_array_equal(prepared[0], prepared[1])


def test_a_name_is_no_data_set(recipe):
    with pytest.raises(TypeError, match=r"data must be a Dataset; got str\. Load it"):
        bs.benchmark.run.__wrapped__("phantom", ["knn"])


def test_mistyped_weights_are_told_before_anything_is_trained(discs, recipe, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(FileNotFoundError, match="or a file or folder that is there; got 'imagnet'"):
        run(discs, ["knn"], replace(recipe, weights="imagnet"), folder=folder)
    assert not folder.exists()


def test_names_in_one_text_are_taken_apart_in_the_mend(discs, recipe):
    with pytest.raises(TypeError, match=r"Give \['knn', 'svm'\]"):
        run(discs, "knn, svm", recipe)


def test_a_result_is_not_saved_into_the_folder_of_another_run(discs, recipe, tmp_path):
    run(discs, ["knn"], recipe, folder=tmp_path)
    other = run(discs, ["tree"], recipe)
    with pytest.raises(ValueError, match="is the folder of another run"):
        other.save(tmp_path)
    assert {path.name for path in (tmp_path / "predictions").iterdir()} == {"knn.csv"}


def test_a_failed_model_is_not_waited_for(discs, recipe, capsys):
    bs.benchmark.run(discs, ["small_cnn", "knn"], recipe=replace(recipe, weights="imagenet"))
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "knn fold 5/5 trained"


def test_settings_tell_one_folder_of_weights_from_another(discs, recipe, tmp_path):
    seen = []
    for seed in (0, 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        model = bs.models.build("small_cnn", (32, 32, 3), None, "global_max", seed=seed)
        model.get_layer("small_cnn").save_weights(folder / "small_cnn.weights.h5")
        result = run(discs, ["small_cnn", "knn"], replace(recipe, weights=folder))
        assert result.rows[0].error is None
        seen.append(result.settings["weights_files"])
    assert [list(files) for files in seen] == [["small_cnn"], ["small_cnn"]]
    expected = sha256((tmp_path / "1/small_cnn.weights.h5").read_bytes()).hexdigest()
    assert seen[1]["small_cnn"] == expected != seen[0]["small_cnn"]


def with_margin(image):
    """The same head with black around it: another image, until it is cropped."""
    return np.pad(image, 24)


def test_copies_behind_margins_stay_on_one_side(recipe):
    discs = make_dataset()
    twins = [image for disc in discs for image in (disc, with_margin(disc))]
    ids = tuple(f"{name}{end}" for name in discs.ids for end in ("", "-margin"))
    data = replace(
        discs, images=twins, labels=np.repeat(discs.labels, 2), ids=ids, groups=np.arange(80)
    )
    assert len(np.unique(bs.datasets.group_near_duplicates(data))) > 40
    result = run(data, ["knn"], recipe)
    assert result.settings["data"]["groups"] == 40
    seen = result.predictions["knn"]
    folds = dict(zip(seen.ids, seen.folds.tolist(), strict=True))
    assert all(folds[name] == folds[f"{name}-margin"] for name in discs.ids)
    apart = [Split(np.arange(0, 40, 2), np.arange(40, 80, 2), np.arange(1, 80, 2))]
    with pytest.raises(ValueError, match="a group must stay on one side"):
        run(data, ["knn"], recipe, protocol=apart)


def test_external_copies_behind_margins_are_refused_and_named(discs, recipe, tmp_path):
    other = from_elsewhere()
    images = [with_margin(discs[0]), *other.images[1:]]
    result = run(discs, ["knn"], recipe, external=replace(other, images=images), folder=tmp_path)
    assert list(result.settings["external"]["left_out"]) == [other.ids[0]]
    assert "1 external images were refused" in result.to_markdown()
    bs.benchmark.write_report([result], tmp_path / "report")
    refused = f"external, refused: {other.ids[0]}".replace("-", "")
    assert refused in (tmp_path / "report/report.md").read_text().replace("\\", "").replace("-", "")


def test_external_classes_in_another_order_are_refused(discs, recipe):
    other = from_elsewhere()
    turned = replace(other, labels=1 - other.labels, class_names=other.class_names[::-1])
    with pytest.raises(ValueError, match=r"in their order, none, bright; got bright, none"):
        run(discs, ["knn"], recipe, external=turned)


def test_a_control_changes_the_external_images_too(discs, recipe):
    whole, masked = (
        run(discs, ["knn"], recipe, external=from_elsewhere(), control=control, protocol="holdout")
        for control in (None, "border_only")
    )
    one, two = (result.externals["knn"].scores for result in (whole, masked))
    assert not np.array_equal(one, two)


def test_changed_sources_are_another_run(discs, recipe, tmp_path):
    for step in (1, 4):
        sources = tuple("ABC"[i // step % 3] for i in range(40))
        data = replace(discs, sources=sources, groups=np.arange(40))
        if step == 1:
            run(data, ["tree"], recipe, folder=tmp_path, protocol="leave_one_source_out")
        else:
            with pytest.raises(ValueError, match="splits"):
                run(data, ["tree"], recipe, folder=tmp_path, protocol="leave_one_source_out")


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_out_of_range(discs, recipe, seed):
    with pytest.raises(ValueError, match=rf"seed must be a whole number from 0 .* got {seed}"):
        run(discs, ["knn"], recipe, seed=seed)
