"""Parts as plain values and back."""

import json
from dataclasses import dataclass

import pytest

from brainscan.augment import Rotation, paper, register
from brainscan.augment.registry import from_config, parts, to_config


@pytest.mark.parametrize("part", paper().parts, ids=lambda part: type(part).__name__)
def test_every_part_survives_json(part):
    assert from_config(json.loads(json.dumps(to_config(part)))) == part


def test_a_part_is_its_name_and_settings():
    assert to_config(Rotation(15.0)) == {"part": "rotation", "angle_deg": 15.0}


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(ValueError, match=r"got 'rotatoin'\. Did you mean 'rotation'\?"):
        from_config({"part": "rotatoin", "angle_deg": 20.0})
    with pytest.raises(ValueError, match=r"augmentation part must be one of .* got 'None'"):
        from_config({"angle_deg": 20.0})


def test_settings_of_another_part_and_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"Rotation must get its own settings; got .*'factor'"):
        from_config({"part": "rotation", "factor": 0.2})
    with pytest.raises(ValueError, match=r"angle_deg must be .* got -3.0"):
        from_config({"part": "rotation", "angle_deg": -3.0})


def test_a_users_part_is_saved_once_it_is_registered():
    @dataclass(frozen=True)
    class Darken:
        factor: float = 0.9

        def __call__(self, key, image):
            return self.factor * image

    with pytest.raises(ValueError, match=r"must be registered; got .*Darken\(factor=0.5\)"):
        to_config(Darken(0.5))
    try:
        assert register("test_darken")(Darken) is Darken
        assert from_config(to_config(Darken(0.5))) == Darken(0.5)
        with pytest.raises(ValueError, match="'rotation' is registered already"):
            register("rotation")(Darken)
    finally:
        parts._entries.pop("test_darken")
