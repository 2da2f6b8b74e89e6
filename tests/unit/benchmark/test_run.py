import csv
import json
from dataclasses import replace

import numpy as np
import pytest

import brainscan as bs
from brainscan.benchmark.contender import Network

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
    assert cut.rows == ()
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
