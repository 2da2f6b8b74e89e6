from brainscan.preprocess import Box


def test_bottom_and_right_lie_outside() -> None:
    box = Box(top=2, left=3, bottom=7, right=5)

    assert (box.height, box.width) == (5, 2)
