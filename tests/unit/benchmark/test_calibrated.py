import numpy as np
import pytest

from brainscan.benchmark import Predictions, Result, calibrate
from brainscan.metrics import choose_threshold, fit_conformal, fit_temperature


def predictions(n, folds, seed, classes=2):
    """Scores that are too sure: right in seven of ten, at 0.98."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    said = np.where(rng.random(n) < 0.7, labels, (labels + 1) % classes)
    scores = np.full((n, classes), 0.02 / (classes - 1))
    scores[np.arange(n), said] = 0.98
    scores += rng.uniform(0, 0.01, scores.shape)
    scores /= scores.sum(axis=1, keepdims=True)
    return Predictions(
        tuple(f"{seed}-{i}" for i in range(n)),
        np.arange(n) // (n // folds),
        np.arange(n),
        labels,
        scores[:, 1] if classes == 2 else scores,
    )


def result(classes=2):
    names = [str(i) for i in range(classes)]
    return Result(
        {"data": {"classes": names}},
        (),
        {"cnn": predictions(120, 2, 0, classes), "svm": predictions(120, 2, 1, classes)},
        validations={"cnn": predictions(80, 2, 2, classes)},
    )


def test_each_fold_is_fitted_on_its_own_validation_images_only():
    benchmark = result()
    found = calibrate(benchmark, "cnn")
    tested, validated = benchmark.predictions["cnn"], benchmark.validations["cnn"]
    for fold in (0, 1):
        known, new = validated.folds == fold, tested.folds == fold
        labels = validated.labels[known]
        temperature = fit_temperature(labels, validated.scores[known])
        assert found.temperatures[fold] == temperature.value > 1.5
        np.testing.assert_array_equal(
            found.predictions.scores[new], temperature(tested.scores[new])
        )
        on_validation = temperature(validated.scores[known])
        assert found.thresholds[fold] == choose_threshold(labels, on_validation)
        sets = fit_conformal(labels, on_validation, 0.9)(found.predictions.scores[new])
        np.testing.assert_array_equal(found.sets[new], sets)


def test_test_labels_change_nothing_but_the_coverage():
    benchmark = result()
    before = calibrate(benchmark, "cnn")
    coverage = before.class_coverage()
    benchmark.predictions["cnn"].labels[:] = 1 - benchmark.predictions["cnn"].labels
    after = calibrate(benchmark, "cnn")
    assert before.temperatures == after.temperatures
    assert before.thresholds == after.thresholds
    np.testing.assert_array_equal(before.sets, after.sets)
    assert after.class_coverage() != coverage


def test_coverage_and_answers_are_shares():
    found = calibrate(result(), "cnn", coverage=0.5)
    labels = found.predictions.labels
    held = [found.sets[i, label] for i, label in enumerate(labels)]
    for label in (0, 1):
        share = np.mean([h for h, of in zip(held, labels, strict=True) if of == label])
        assert found.class_coverage()[label] == pytest.approx(share)
    assert found.answered() == np.mean([row.sum() == 1 for row in found.sets])


def test_several_classes_have_no_threshold():
    found = calibrate(result(classes=3), "cnn")
    assert found.thresholds == ()
    assert found.sets.shape == (120, 3)
    np.testing.assert_allclose(found.predictions.scores.sum(axis=1), 1)


def test_a_fold_whose_validation_images_are_of_one_class_keeps_one_half():
    benchmark = result()
    benchmark.validations["cnn"].labels[:40] = 1
    found = calibrate(benchmark, "cnn")
    assert found.thresholds[0] == 0.5
    assert found.sets[found.predictions.folds == 0, 0].all()  # never seen, never ruled out


def test_a_classical_classifier_has_no_validation_images_left():
    assert calibrate(result(), "svm") is None
