import pytest

from brainscan._core.registry import Registry


@pytest.fixture
def models() -> Registry[int]:
    registry: Registry[int] = Registry("model")
    for i, name in enumerate(("xception", "efficientnet_v2_s", "inception_v3", "KNN")):
        registry.add(name, i)
    return registry


def test_entries_are_found_by_name(models):
    assert models["inception_v3"] == 2
    assert "xception" in models
    assert "vgg16" not in models
    assert len(models) == 4
    assert (
        list(models) == models.names() == ["KNN", "efficientnet_v2_s", "inception_v3", "xception"]
    )


def test_the_decorator_registers_and_returns_what_it_decorates():
    registry = Registry("loader")

    @registry.register("ward")
    def ward() -> str:
        return "w"

    assert registry["ward"] is ward
    assert ward() == "w"


def test_a_name_taken_twice_is_refused(models):
    with pytest.raises(ValueError, match="model names must be unique; 'xception' is registered"):
        models.add("xception", 9)
    assert models["xception"] == 0


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("exception", "'xception'"),
        ("XCEPTION", "'xception'"),
        ("EfficientNetV2S", "'efficientnet_v2_s'"),
        ("knn", "'KNN'"),
        ("inceptionv3", "'inception_v3'"),
    ],
)
def test_an_unknown_name_offers_the_nearest(models, name, near):
    with pytest.raises(ValueError, match=f"got '{name}'. Did you mean {near}") as caught:
        models[name]
    assert "Registered: KNN, efficientnet_v2_s, inception_v3, xception." in str(caught.value)


@pytest.mark.parametrize("name", ["zzz", ""])
def test_a_name_like_no_other_lists_all(models, name):
    with pytest.raises(ValueError, match=rf"got '{name}'\. Registered: KNN"):
        models[name]


@pytest.mark.parametrize("name", [None, 5, []])
def test_what_is_no_name_is_none_of_them(models, name):
    with pytest.raises(ValueError, match="must be one of the registered names; got"):
        Registry.__getitem__.__wrapped__(models, name)
    assert not Registry.__contains__(models, name)


def test_a_long_list_is_only_told_of():
    registry: Registry[int] = Registry("model", listing="names()")
    for number in range(20):
        registry.add(f"{number:02}", number)
    with pytest.raises(ValueError, match=r"got 'zz'\. See names\(\)\.$"):
        registry["zz"]


def _made(module: str, name: str = "net") -> object:
    made = type("Entry", (), {})()
    made.__module__, made.__qualname__ = module, name
    return made


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [
        (("__main__", "net"), ("__main__", "net"), True),
        (("__main__", "net"), ("__main__", "other"), False),
        (("package", "net"), ("package", "net"), False),
        (("package", "net"), ("__main__", "net"), False),
    ],
)
def test_a_cell_that_is_run_again_registers_anew(before, after, again):
    registry: Registry[object] = Registry("model")
    first, second = _made(*before), _made(*after)
    registry.add("name", first)
    if again:
        registry.add("name", second)
    else:
        with pytest.raises(ValueError, match="'name' is registered already"):
            registry.add("name", second)
    assert registry["name"] is (second if again else first)
