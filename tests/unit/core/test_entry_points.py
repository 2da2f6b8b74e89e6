"""What installed packages add to a registry, seen through distributions made here."""

import sys

import pytest

from brainscan._core.registry import Registry

GROUP = "brainscan.test_entries"


@pytest.fixture
def registry(monkeypatch):
    """A registry whose packages have yet to be asked; `brainscan_things` is where they find it."""
    made = Registry("thing", group=GROUP)
    module = type(sys)("brainscan_things")
    module.things = made
    monkeypatch.setitem(sys.modules, "brainscan_things", module)
    return made


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a distribution with one module and one entry point on the path."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(package, name, code):
        (tmp_path / f"{package}.py").write_text(code)
        folder = tmp_path / f"{package}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {package}\n")
        monkeypatch.delitem(sys.modules, package, raising=False)

    return install


ADD = "from brainscan_things import things\nthings.add({name!r}, 'theirs')\n"


def test_a_package_adds_an_entry(registry, install):
    install("their_package", "theirs", ADD.format(name="theirs"))
    registry.add("ours", "ours")
    assert registry.names() == ["ours", "theirs"]
    assert registry["theirs"] == "theirs"
    assert "theirs" in registry
    assert len(registry) == 2


def test_packages_are_not_imported_before_an_entry_is_looked_for(registry, install):
    install("late_package", "late", ADD.format(name="late"))
    registry.add("ours", "ours")
    assert "late_package" not in sys.modules
    assert registry["late"] == "theirs"


def test_a_broken_package_is_reported_and_left_out(registry, install):
    install("broken_package", "broken", "import absent_module")
    install("good_package", "good", ADD.format(name="good"))
    with pytest.warns(UserWarning, match="thing 'broken' of broken_package .*absent_module"):
        assert registry.names() == ["good"]
    assert registry.names() == ["good"]  # and no second warning
    with pytest.raises(
        ValueError, match=r"left out \(ModuleNotFoundError: .*\)\. Mend or uninstall"
    ):
        registry["broken"]


def test_a_package_that_takes_a_name_of_ours_is_left_out(registry, install):
    registry.add("ours", "ours")
    install("greedy_package", "ours", ADD.format(name="ours"))
    with pytest.warns(UserWarning, match="greedy_package .* 'ours' is registered already"):
        assert registry["ours"] == "ours"


def test_a_package_may_look_for_an_entry_while_it_is_loaded(registry, install):
    install("curious_package", "curious", "from brainscan_things import things\nthings.names()\n")
    assert registry.names() == []


def test_backbones_come_from_packages():
    from brainscan.models.backbones.registry import backbones

    assert backbones.group == "brainscan.backbones"
