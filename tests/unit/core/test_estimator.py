import pickle
from dataclasses import FrozenInstanceError, dataclass, fields

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import estimator_checks
from sklearn.utils.validation import check_is_fitted

from brainscan._core.estimator import ImageTransformer
from brainscan.features import Glcm, GlcmLbp, Lbp
from brainscan.preprocess import (
    PAPER_THRESHOLD,
    BrainCropper,
    Chain,
    Resize,
    Standardize,
    ToRange255,
    ToRGB,
)
from heads import draw_head

STEPS = [
    BrainCropper(),
    BrainCropper(size=None, threshold=PAPER_THRESHOLD, blank="keep"),
    Resize(),
    Standardize(),
    ToRange255(),
    ToRGB(),
    Chain((Resize((8, 8)), ToRGB())),
    Glcm(distances=(1, 2)),
    Lbp(),
    GlcmLbp(distances=(1, 2)),
]

# Those of scikit-learn's checks that say something about a stateless transformer of images.
# The others, and why they are left out:
# - Tables: they call fit and transform with (n_samples, n_features), which is one image here, and
#   expect a row a sample, a refusal of sparse, complex, object, 1-D, empty, negative or NaN data by
#   fit, n_features_in_, or preserved dtypes (check_transformer_general, _data_not_an_array and
#   _preserve_dtypes, check_methods_*_invariance, check_fit1d, check_fit2d_*, check_n_features_in*,
#   check_estimators_dtypes, _empty_data_messages and _nan_inf, check_complex_data,
#   check_dtype_object, check_estimator_sparse_*, check_fit_non_negative,
#   check_positive_only_tag_during_fit, check_f_contiguous_array_estimator,
#   check_readonly_memmap_input, check_pipeline_consistency, check_dataframe_column_names_*). What
#   a step refuses of images is in the tests of that step; pipelines are tested below.
# - Fitting: they expect an unfitted transformer to refuse, or fit to change it; here fit learns
#   nothing (check_transformers_unfitted, check_transformers_unfitted_stateless, which also gives a
#   table, check_get_feature_names_out_error, check_dont_overwrite_parameters, check_fit_idempotent,
#   check_estimators_partial_fit_n_features, check_inplace_ensure_writeable,
#   check_transformer_n_iter, check_non_transformer_estimators_n_iter, check_requires_y_none).
# - Wrong settings: they want them accepted until fit, or declared in scikit-learn's private
#   _parameter_constraints (check_do_not_raise_errors_in_init_or_set_params,
#   check_param_validation); here a wrong setting is refused at once, as tested below.
# - Data frames as output: an image is no column (check_set_output_*, check_global_*output_*,
#   check_transformer_get_feature_names_out*).
# - Classifiers, regressors, clusterers, outlier detectors, sample and class weights, targets, the
#   array API: there is none of these here.
CHECKS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_estimators_fit_returns_self,
    estimator_checks.check_estimators_overwrite_params,
    estimator_checks.check_dict_unchanged,
    estimator_checks.check_fit_score_takes_y,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_mixin_order,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_set_params,
    estimator_checks.check_valid_tag_types,
]


@pytest.mark.parametrize("step", STEPS, ids=repr)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of scikit-learn, for a table taken as image
def test_scikit_learns_checks_pass(check, step):
    check(type(step).__name__, clone(step))


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_parameters_are_the_fields(step):
    assert set(step.get_params(deep=False)) == {field.name for field in fields(step)}


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_a_pickled_step_is_equal_and_still_frozen(step):
    copy = pickle.loads(pickle.dumps(step))  # noqa: S301
    assert copy == step
    with pytest.raises(FrozenInstanceError):
        copy.size = (1, 1)


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_nothing_must_be_fitted(step):
    check_is_fitted(step)
    images = [draw_head(seed=seed)[0] for seed in range(2)]
    for done, again in zip(step.transform(images), step.fit_transform(images), strict=True):
        np.testing.assert_array_equal(done, again)


# Frozen, but for scikit-learn


def test_settings_can_neither_be_assigned_nor_deleted():
    step = Resize((3, 4))
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'size'"):
        step.size = (5, 6)
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'size'"):
        del step.size
    assert step.size == (3, 4)


def test_a_misspelt_setting_cannot_be_assigned():
    with pytest.raises(FrozenInstanceError, match="'sise'"):
        Resize().sise = (5, 6)


def test_scikit_learn_may_note_private_things():
    step = Resize()
    step._note = 1
    assert step._note == 1
    del step._note
    assert not hasattr(step, "_note")
    assert step == Resize()


@dataclass(frozen=True)
class Users(ImageTransformer):
    """What a user may write."""

    power: int = 2

    def __call__(self, images):
        return [image**self.power for image in images]


@dataclass(frozen=True)
class Derived(Users):
    """A class derived from it."""

    more: int = 1


@pytest.mark.parametrize("kind", [Derived, Users])
def test_a_users_frozen_dataclass_is_a_step_of_a_pipeline(kind):
    pipeline = Pipeline([("first", kind()), ("second", kind(power=3))])
    assert pipeline.fit_transform([np.array([[2.0]])])[0] == [[64.0]]
    with pytest.raises(FrozenInstanceError):
        pipeline["first"].power = 1


# set_params


def test_set_params_changes_in_place():
    crop = BrainCropper()
    assert crop.set_params(threshold=50, size=None) is crop
    assert crop == BrainCropper(size=None, threshold=50)


def test_set_params_checks_values_and_changes_nothing_then():
    crop = BrainCropper()
    with pytest.raises(ValueError, match="threshold must be"):
        crop.set_params(size=None, threshold=300)
    assert crop == BrainCropper()


def test_set_params_names_the_parameters_there_are():
    with pytest.raises(ValueError, match=r"parameters \['blank', 'size', 'threshold'\]; got.*sise"):
        BrainCropper().set_params(sise=(1, 1))


def test_set_params_without_any_changes_nothing():
    assert Resize((2, 3)).set_params() == Resize((2, 3))


@dataclass(frozen=True)
class Around(ImageTransformer):
    """A step around another."""

    inner: Resize

    def __call__(self, images):
        return self.inner(images)


def test_set_params_reaches_nested_steps():
    around = Around(inner=Resize((2, 2)))
    assert around.get_params()["inner__size"] == (2, 2)
    around.set_params(inner__size=(3, 4))
    assert around.inner == Resize((3, 4))


# Pipelines and searches


def slices(n):
    """Return gray heads, smooth and rough ones in turn, and which are rough."""
    rough = np.arange(n) % 2
    heads = [draw_head(texture=0.1 + 0.7 * label, seed=i)[0] for i, label in enumerate(rough)]
    return heads, rough


def pipeline():
    return Pipeline(
        [
            ("crop", BrainCropper((48, 40))),
            ("features", GlcmLbp(distances=(1,))),
            ("tree", DecisionTreeClassifier(random_state=0)),
        ]
    )


def test_a_pipeline_crops_describes_and_classifies():
    images, rough = slices(16)
    fitted = pipeline().fit(images[:10], rough[:10])
    np.testing.assert_array_equal(fitted.predict(images[10:]), rough[10:])


def test_a_grid_search_over_the_threshold_of_a_pipeline():
    images, rough = slices(12)
    # At 250 nothing of a head of 200 stands out, and the whole slice is kept.
    grid = {"crop__threshold": ["auto", PAPER_THRESHOLD, 250], "crop__blank": ["keep"]}
    search = GridSearchCV(pipeline(), grid, cv=2, error_score="raise").fit(images, rough)
    tried = [params["crop__threshold"] for params in search.cv_results_["params"]]
    assert tried == ["auto", PAPER_THRESHOLD, 250]
    assert search.best_score_ > 0.9
    assert search.best_estimator_["crop"].threshold == search.best_params_["crop__threshold"]


def test_a_grid_search_refuses_a_wrong_threshold():
    images, rough = slices(4)
    search = GridSearchCV(pipeline(), {"crop__threshold": [300]}, cv=2, error_score="raise")
    with pytest.raises(ValueError, match="threshold must be 'auto' or"):
        search.fit(images, rough)
