import json
import sys

import pytest

from brainscan._core.extras import require


def test_a_module_that_is_there_is_returned():
    assert require("json", extra="docs") is json


def test_a_module_that_is_not_there_names_its_extra():
    with pytest.raises(
        ImportError,
        match=r"^absent_module is needed here and is not installed\. "
        r"Install it with: pip install 'brainscan\[kaggle\]'$",
    ):
        require("absent_module", extra="kaggle")


def test_the_package_of_a_submodule_is_named():
    with pytest.raises(ImportError, match=r"^absent_package is needed here"):
        require("absent_package.part", extra="dicom")
    with pytest.raises(ImportError, match=r"^json is needed here"):
        require("json.absent_part", extra="dicom")


def test_what_the_module_itself_lacks_is_named(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import absent_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"^absent_dependency is needed here"):
        require("half_installed", extra="kaggle")
    sys.modules.pop("half_installed", None)
