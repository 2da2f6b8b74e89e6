import pytest

from brainscan.predict import Predictor
from bundles import make_bundle


@pytest.fixture(scope="session")
def bundle():
    return make_bundle()


@pytest.fixture(scope="session")
def saved(bundle, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "model.brainscan"
    bundle.save(path)
    return path


@pytest.fixture(scope="session")
def predictor(saved):
    return Predictor.load(saved)
