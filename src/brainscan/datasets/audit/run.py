"""Audit one data set, or two against each other."""

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TypeVar

import numpy as np
from jaxtyping import Float32, Int64

from brainscan._core.progress import JobProgress
from brainscan.datasets.audit.copies import Copies, Likeness, copies_of, number_alike
from brainscan.datasets.audit.facts import Facts, gather
from brainscan.datasets.audit.outliers import find_outliers
from brainscan.datasets.audit.preview import draw_previews
from brainscan.datasets.audit.result import Audit
from brainscan.datasets.audit.shortcut import Shortcut, find_shortcuts
from brainscan.datasets.dataset import Dataset, Unreadable
from brainscan.datasets.duplicates import group_thumbnails, join_groups, number_groups

_Key = TypeVar("_Key", bound=Hashable)


def audit(
    data: Dataset, other: Dataset | None = None, seed: int = 0, progress: bool = True
) -> Audit:
    """Look for what makes a data set's figures too good, or its labels wrong.

    It finds byte-identical files, pixel-identical images and near-duplicates (also re-compressed,
    resized, flipped or turned; see `group_near_duplicates`), images that have two labels, images
    unlike the rest, and shortcuts: whether a random forest can tell the class from the files' form
    or from the images' border alone. A file that can no longer be read is reported, and the rest
    goes on. Ten thousand images take less than a minute on two cores, and about 10 kB of memory
    each.

    Args:
        data: the images.
        other: another data set, perhaps one to test a model on that learns from ``data``: what
            they share is reported.
        seed: decides the folds and forests of the shortcut test.
        progress: show on standard error how far it is.

    Returns:
        What was found. ``data.with_groups(report.groups)`` is safe to split.

    Raises:
        ValueError: a data set holds no image that can be read.

    Examples:
        >>> import brainscan as bs
        >>> bs.datasets.audit(bs.datasets.load("phantom", n=24), progress=False)
        Audit('phantom': 24 images, 24 groups, 0 of near-duplicates, 0 conflicts)
    """
    parts = [data] if other is None else [data, other]
    total = sum(len(part) for part in parts)
    with JobProgress(2 * total, shown=progress) as shown:
        gathered = [gather(part, _Steps(shown, "read", total)) for part in parts]
        for part, (found, _) in zip(parts, gathered, strict=True):
            _check_any_read(part, found)
        facts = [fact for found, _ in gathered for fact in found]
        thumbnails = [thumbnails for _, thumbnails in gathered]
        thumbnails = thumbnails[0] if other is None else np.concatenate(thumbnails)
        like = _likeness(facts, thumbnails, _Steps(shown, "compared", total))
        shown.describe("looking for shortcuts")
        return _report(data, other, facts, thumbnails[: len(data)], like, seed)


def _report(
    data: Dataset,
    other: Dataset | None,
    found: list[Facts | str],
    thumbnails: Float32[np.ndarray, "n side side"],
    like: Likeness,
    seed: int,
) -> Audit:
    n = len(data)
    kept = np.flatnonzero([isinstance(fact, Facts) for fact in found[:n]])
    facts = [fact for fact in found[:n] if isinstance(fact, Facts)]
    thumbnails = thumbnails if len(kept) == n else thumbnails[kept]  # no copy where all are kept
    groups = join_groups(like.near[:n], data.groups)
    shortcuts, untested = _shortcuts(facts, thumbnails, data.labels[kept], groups[kept], seed)
    near = copies_of(like.near[:n], like, data)
    both = copies_of(like.near, like, data, other)
    report = Audit(
        name=data.name,
        ids=data.ids,
        groups=groups,
        class_counts=data.class_counts,
        sizes=_counts((fact.height, fact.width) for fact in facts),
        formats=_counts(fact.format for fact in facts if fact.format is not None),
        file_copies=copies_of(like.files[:n], like, data),
        pixel_copies=copies_of(like.pixels[:n], like, data),
        near_copies=near,
        conflicts=tuple(group for group in both if _is_conflict(group, data, other)),
        torn=_torn(near, data),
        other_name=None if other is None else other.name,
        overlaps=tuple(group for group in both if group.ids and group.other_ids),
        outliers=find_outliers([data.ids[i] for i in kept], facts, thumbnails),
        shortcuts=shortcuts,
        untested=untested,
        unreadable=_unreadable(data, found[:n])
        + (() if other is None else _unreadable(other, found[n:], f"{other.name}: ")),
    )
    return draw_previews(report, data, other)


class _Steps:
    """Count single images, and say so now and then."""

    def __init__(self, shown: JobProgress, verb: str, total: int) -> None:
        self._shown, self._verb, self._total = shown, verb, total
        self._done = self._told = 0

    def __call__(self, images: int) -> None:
        self._done += images
        if self._done - self._told >= max(500, self._total // 20):
            text = f"{self._verb} {self._done} of {self._total} images"
            self._shown.advance(text, self._done - self._told)
            self._told = self._done


def _check_any_read(data: Dataset, found: list[Facts | str]) -> None:
    reason = next((fact for fact in found if isinstance(fact, str)), "it is empty")
    if not any(isinstance(fact, Facts) for fact in found):
        raise ValueError(
            f"a data set to audit must hold an image that can be read; {data.name!r} has none: "
            f"{reason}."
        )


def _likeness(
    found: list[Facts | str], thumbnails: Float32[np.ndarray, "n side side"], count: _Steps
) -> Likeness:
    """Number the images alike; what cannot be read is like nothing."""
    kept = np.flatnonzero([isinstance(fact, Facts) for fact in found])
    near = np.arange(len(found)) + len(found)
    readable = thumbnails if len(kept) == len(found) else thumbnails[kept]
    near[kept] = group_thumbnails(readable, advance=count)
    return Likeness(
        files=number_alike([fact.file if isinstance(fact, Facts) else None for fact in found]),
        pixels=number_alike([fact.pixels if isinstance(fact, Facts) else None for fact in found]),
        near=number_groups(near),
    )


def _is_conflict(group: Copies, data: Dataset, other: Dataset | None) -> bool:
    """Tell whether the images have several labels; those of two sets if their labels are alike.

    With the same names they are, and with two classes each, where 1 = tumour whatever its name.
    """
    if other is None or set(other.class_names) == set(data.class_names):
        return len({*group.classes, *group.other_classes}) > 1
    ours = {data.class_names.index(name) for name in group.classes}
    theirs = {other.class_names.index(name) for name in group.other_classes}
    if len(data.class_names) == len(other.class_names) == 2:
        return len(ours | theirs) > 1
    return len(ours) > 1 or len(theirs) > 1


def _torn(near: tuple[Copies, ...], data: Dataset) -> tuple[Copies, ...]:
    group_of = dict(zip(data.ids, data.groups.tolist(), strict=True))
    return tuple(group for group in near if len({group_of[name] for name in group.ids}) > 1)


def _shortcuts(
    facts: list[Facts],
    thumbnails: Float32[np.ndarray, "n side side"],
    labels: Int64[np.ndarray, " n"],
    groups: Int64[np.ndarray, " n"],
    seed: int,
) -> tuple[tuple[Shortcut, ...], str]:
    try:
        return find_shortcuts(facts, thumbnails, labels, groups, seed), ""
    except ValueError as error:
        return (), str(error)


def _counts(values: Iterable[_Key]) -> dict[_Key, int]:
    return dict(Counter(values).most_common())


def _unreadable(
    data: Dataset, found: list[Facts | str], prefix: str = ""
) -> tuple[Unreadable, ...]:
    new = [
        Unreadable(name, fact)
        for name, fact in zip(data.ids, found, strict=True)
        if isinstance(fact, str)
    ]
    return tuple(Unreadable(prefix + file.id, file.reason) for file in (*data.unreadable, *new))
