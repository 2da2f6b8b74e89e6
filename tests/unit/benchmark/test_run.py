import csv
import json
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

import brainscan as bs
from brainscan.benchmark.contender import Network
from brainscan.benchmark.images import prepare
from brainscan.datasets import load

from .conftest import make_dataset

CLASSICAL = ["knn", "decision_tree", "svm"]


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
        assert (row.accuracy_low, row.accuracy_high) == bs.metrics.wilson(int(right), 40)
        assert row.auc == bs.metrics.roc_auc(predictions.labels, predictions.scores)
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
    assert header == "id,fold,label,score_none,score_bright,score_dark"
    assert (tmp_path / "figures/figure6_comparison.png").is_file()


def test_a_model_that_fails_is_a_row_that_says_so(discs, recipe, monkeypatch, tmp_path):
    def explode(*_, **__):
        raise MemoryError("no room for it")

    monkeypatch.setattr(Network, "test", explode)
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
    test = Network.test

    def stop_in_fold_three(self, split, seed, advance):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(split)
        return test(self, split, seed, advance)

    monkeypatch.setattr(Network, "test", stop_in_fold_three)
    cut = run(discs, ["small_cnn", "knn"], recipe, folder=tmp_path / "run")
    assert cut.interrupted
    assert [row.error for row in cut.rows] == ["stopped before it was done"] * 2
    assert "- knn: stopped before it was done" in (tmp_path / "run/table.md").read_text()
    monkeypatch.setattr(Network, "test", lambda *a: (done.append(0), test(*a))[1])
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
    with pytest.raises(ValueError, match="must have format 1; got 99"):
        bs.benchmark.Result.load(tmp_path)


class Spy(Network):
    """A contender that keeps the splits and images it is given."""

    seen: list = []  # noqa: RUF012

    def test(self, split, seed, advance):
        trainer, images = self._trainer, self._images
        fit, scores = trainer.fit, trainer.scores

        def keep_fit(learnt, labels, validation, *rest):
            Spy.seen.append((split, learnt, labels, *validation))
            return fit(learnt, labels, validation, *rest)

        def keep_scores(tested):
            np.testing.assert_array_equal(tested, images[split.test])
            return scores(tested)

        trainer.fit, trainer.scores = keep_fit, keep_scores
        try:
            return super().test(split, seed, advance)
        finally:
            trainer.fit, trainer.scores = fit, scores


def test_a_network_learns_and_is_chosen_without_the_test_images(discs, recipe, monkeypatch):
    monkeypatch.setattr(import_module("brainscan.benchmark.run"), "Network", Spy)
    Spy.seen.clear()
    run(discs, ["small_cnn"], recipe)
    assert len(Spy.seen) == 5
    _, images, _ = prepare(discs, recipe.size)
    for split, learnt, labels, validated, validation_labels in Spy.seen:
        assert not set(split.test) & {*split.train, *split.validation}
        np.testing.assert_array_equal(learnt, images[split.train])
        np.testing.assert_array_equal(labels, discs.labels[split.train])
        np.testing.assert_array_equal(validated, images[split.validation])
        np.testing.assert_array_equal(validation_labels, discs.labels[split.validation])


def test_a_classifier_learns_without_the_test_images(discs, recipe, monkeypatch):
    _, images, _ = prepare(discs, recipe.size)
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
    _, prepared, _ = prepare(data, (64, 64))
    np.testing.assert_array_equal(prepared[0], prepared[1])


def test_a_name_is_no_data_set(recipe):
    with pytest.raises(TypeError, match=r"data must be a Dataset; got str\. Load it"):
        bs.benchmark.run.__wrapped__("phantom", ["knn"])
