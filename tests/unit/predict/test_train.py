import json
from dataclasses import replace

import numpy as np
import pytest

from brainscan import benchmark, datasets, features
from brainscan._core.images import to_rgb
from brainscan.metrics import fit_temperature
from brainscan.predict import Predictor, train
from brainscan.preprocess import BrainCropper

RECIPE = replace(
    benchmark.presets["scratch"].recipe, epochs=2, size=(32, 32), batch_size=8, augmentation=None
)


@pytest.fixture(scope="module")
def data():
    return datasets.load("phantom", n=40)


@pytest.fixture(scope="module")
def bundle(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return train(data, "small_cnn", RECIPE, folder=folder, progress=False), folder


def test_it_answers_for_a_new_slice(bundle, tmp_path):
    saved = bundle[0].save(tmp_path / "model.brainscan")
    found = Predictor.load(tmp_path / "model.brainscan")(datasets.load("phantom", n=2, seed=7)[0])
    assert found.classes == saved.classes
    low, high = found.interval
    assert 0 <= low <= found.probability <= high <= 1


def test_the_card_says_where_it_comes_from(bundle, data):
    card = bundle[0].card
    assert card.data["images"] == 40
    assert sum(card.data["counts"].values()) == 40
    assert card.data["licence"] == data.licence
    assert "cross-validation" in card.training["protocol"]
    assert len(set(card.sha256)) == len(data)
    assert card.metrics["roc_auc"].low is not None
    assert card.versions["keras"]
    json.dumps(card.to_json(), allow_nan=False)


def test_the_figures_are_of_images_that_were_not_trained_on(bundle):
    result = benchmark.Result.load(bundle[1])
    assert result.rows[0].tested == 40
    labels = result.predictions["small_cnn"].labels
    assert bundle[0].conformal.counts == tuple(np.bincount(labels))
    assert (bundle[1] / "report.html").is_file()


def test_the_last_network_learns_for_as_long_as_the_five_did(bundle):
    chosen = bundle[0].card.training["recipe"]
    histories = benchmark.Result.load(bundle[1]).histories["small_cnn"]
    assert chosen["checkpoint"] == "last"
    assert chosen["epochs"] == np.median([history.best_epoch for history in histories])


def test_the_same_seed_gives_the_same_bundle(bundle, data):
    again = train(data, "small_cnn", RECIPE, folder=bundle[1], progress=False)  # folds read back
    for one, other in zip(again.classifier.weights, bundle[0].classifier.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    for name in ("temperature", "temperature_interval", "threshold", "conformal"):
        assert getattr(again, name) == getattr(bundle[0], name), name
    assert again.card.metrics == bundle[0].card.metrics
    assert again.outliers.limit == bundle[0].outliers.limit


def test_mistakes(data):
    with pytest.raises(ValueError, match="Did you mean 'small_cnn'"):
        train(data, "smal_cnn", RECIPE)
    with pytest.raises(ValueError, match="Did you mean 'svm'"):
        train(data, "svmm", RECIPE)
    with pytest.raises(RuntimeError, match="small_cnn could not be trained: .*no pre-trained"):
        train(data, "small_cnn", replace(RECIPE, weights="imagenet"), progress=False)


@pytest.mark.parametrize("name", ["knn", "svm", "tree"])
def test_a_classical_classifier_is_trained_likewise(name, data, tmp_path):
    made = train(data, name, RECIPE, folder=tmp_path / "run", progress=False)
    saved = made.save(tmp_path / "model.brainscan")
    result = benchmark.Result.load(tmp_path / "run")
    out_of_fold = result.predictions[name]
    assert made.temperature == fit_temperature(out_of_fold.labels, out_of_fold.scores)
    assert made.conformal.counts == tuple(np.bincount(out_of_fold.labels))
    assert made.card.name == name
    assert made.card.training["recipe"] == {"size": [32, 32]}
    assert made.card.metrics["roc_auc"].low is not None
    assert made.flips is False
    # It has learnt from all images, as the benchmark's learns from those of a fold.
    table = features.glcm_lbp(result_crops(data))
    pipeline = features.build_classifier(name, seed=0).fit(table, data.labels)
    scores, _ = made.classifier(result_crops(data))
    np.testing.assert_allclose(scores, pipeline.predict_proba(table)[:, 1], atol=1e-12)
    loaded = Predictor.load(tmp_path / "model.brainscan")
    found = loaded(datasets.load("phantom", n=2, seed=7)[0])
    assert loaded.bundle.digest == saved.digest
    assert 0 < found.probability < 1


def result_crops(data):
    crop = BrainCropper(size=(32, 32), blank="keep")
    return np.stack([to_rgb(crop(image)) for image in data])


@pytest.mark.parametrize("recipe", ["paper", None])
def test_what_is_no_recipe_is_told(recipe):
    with pytest.raises(TypeError, match="recipe must be a Recipe; got"):
        train.__wrapped__(datasets.load("phantom", n=20), "small_cnn", recipe)
