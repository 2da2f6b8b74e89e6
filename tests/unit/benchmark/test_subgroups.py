import numpy as np

from brainscan.benchmark import ImageRecord, Predictions, subgroups
from brainscan.metrics import clustered_wilson


def make(sources=None):
    n = 40
    labels = np.arange(n) % 2
    wrong = np.arange(n) % 8 == 0
    scores = np.where(labels ^ wrong, 0.9, 0.1)
    ids = tuple(f"image-{i}" for i in range(n))
    predictions = Predictions(ids, np.zeros(n, int), np.arange(n) // 2, labels, scores)
    records = {
        name: ImageRecord(
            "0" * 64,
            i // 2,
            100 + 20 * i,
            50,
            "png" if i < 31 else "jpeg",
            None if sources is None else sources[i % len(sources)],
        )
        for i, name in enumerate(ids)
    }
    return predictions, records, ~wrong


def test_counts_by_hand():
    predictions, records, right = make()
    found = {(one.by, one.name): one for one in subgroups(predictions, records)}
    png = found["format", "png"]
    assert (png.tested, png.accuracy) == (31, right[:31].mean())
    assert png.interval == clustered_wilson(right[:31], predictions.groups[:31])
    assert found["longer side", "300 to 499 pixels"].tested == 10
    assert found["longer side", "500 pixels or more"].tested == 20


def test_small_ones_have_no_figures():
    predictions, records, _ = make()
    found = {(one.by, one.name): one for one in subgroups(predictions, records)}
    assert found["format", "jpeg"].tested == 9
    assert found["format", "jpeg"].accuracy is None
    assert found["format", "jpeg"].interval is None


def test_sources_where_they_are_known():
    predictions, records, right = make()
    assert not [one for one in subgroups(predictions, records) if one.by == "source"]
    predictions, records, right = make(sources=("Leeds", "Lyon"))
    by_source = [one for one in subgroups(predictions, records) if one.by == "source"]
    assert [(one.name, one.accuracy) for one in by_source] == [
        ("Leeds", right[::2].mean()),
        ("Lyon", right[1::2].mean()),
    ]
