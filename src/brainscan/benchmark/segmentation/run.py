"""Compare what outlines tumours on a data set with masks, under a protocol."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.progress import JobProgress
from brainscan._core.types import Mask
from brainscan.benchmark.checks import check_run
from brainscan.benchmark.code import code_digests
from brainscan.benchmark.environment import environment, git_state, weights_files
from brainscan.benchmark.loop import Loop, Outcome
from brainscan.benchmark.protocol import Protocols, divide
from brainscan.benchmark.segmentation import otsu as otsu
from brainscan.benchmark.segmentation.contender import (
    MaskContender,
    Outliner,
    check_name,
    kind_of,
    make_contender,
    segmenters,
)
from brainscan.benchmark.segmentation.images import Outlined, prepare_masks
from brainscan.benchmark.segmentation.masks import mask_name, read_masks, write_masks
from brainscan.benchmark.segmentation.result import (
    MaskPredictions,
    SegmentationResult,
    SegmentationRow,
    plain_figures,
)
from brainscan.benchmark.store import Store
from brainscan.datasets import Dataset, count_twins
from brainscan.datasets.splits import Split
from brainscan.explain import uncrop
from brainscan.metrics.segmentation.checks import Spacing, check_spacing
from brainscan.metrics.segmentation.evaluation import FIGURES, measure
from brainscan.segment import Postprocess
from brainscan.train import SEGMENT, History, Recipe
from brainscan.train.checks import check_one_network

SMALLEST = 0.0005  # of an image's area: 33 pixels of 256 x 256


def run_segmentation(
    data: Dataset,
    models: Sequence[str] = ("efficientnet_lite0", "otsu"),
    protocol: Protocols = "grouped",
    recipe: Recipe = SEGMENT,
    postprocess: Postprocess = Postprocess(minimum_area=SMALLEST),  # noqa: B008  frozen
    spacing_mm: Spacing | None = None,
    seed: int = 0,
    folder: str | Path | None = None,
    progress: bool = True,
) -> SegmentationResult:
    """Train and test everything that outlines on the same images, masks and splits.

    Each image is cropped to the head first, and its mask with it. What is predicted is put back
    into the image, cut at one half, and compared with the true mask pixel by pixel, before
    post-processing and after it. A model that fails becomes a row that says why, and the others go
    on. Ctrl-C ends the run and returns what is finished, with ``interrupted`` set.

    Args:
        data: images with masks, of which some may be empty; see `brainscan.datasets.load`. Images
            whose mask is missing, or of another size, are left out and named.
        models: names of backbones (`brainscan.models.names`), each the encoder of a network with
            the recipe's decoder; of a backbone and a decoder, as ``"efficientnet_lite0+unet"``; and
            of `segmenters`, such as ``"otsu"``, the brightest part.
        protocol: a name of `protocols`, a function or splits of your own, as for `run`.
        recipe: how the networks are trained.
        postprocess: what is done to each predicted mask.
        spacing_mm: the distance between pixels of all images, or that of rows and that of columns,
            if known; None for distances in pixels.
        seed: decides splits, weights, order and augmentation.
        folder: where to write the run as it goes; a run of the same settings that was cut short
            there is gone on with. None writes nothing; see `SegmentationResult.save`.
        progress: whether to show model, fold, epoch and the time left, on standard error.

    Returns:
        The table with the figures of every image, and the masks.

    Raises:
        ValueError: an unknown name, data without masks, too few images for the protocol, splits
            that overlap, or a folder that holds another run.
        FileNotFoundError: the recipe's weights are no file or folder that is there.
        TypeError: ``data`` is no Dataset, ``recipe`` no Recipe, ``postprocess`` no Postprocess, or
            ``models`` a lone name.

    Examples:
        >>> import brainscan as bs
        >>> data = bs.datasets.load("phantom", n=20)
        >>> result = bs.benchmark.run_segmentation(data, ["otsu"], progress=False)
        >>> dice = result.rows[0].means["dice"]
        >>> 0 <= dice.low <= dice.value <= dice.high <= 1
        True
    """
    check_run(data, models, check_name, recipe, seed)
    check_one_network(recipe)
    if not isinstance(postprocess, Postprocess):
        raise TypeError(
            f"postprocess must be a Postprocess; got {postprocess!r}. "
            "brainscan.segment.Postprocess(fill_holes=False) changes nothing."
        )
    spacing = None if spacing_mm is None else check_spacing(spacing_mm)
    outlined = prepare_masks(data, recipe.size)
    splits, protocol_settings = divide(outlined.prepared.data, protocol, seed)
    backbones = list(dict.fromkeys(name.partition("+")[0] for name in models))
    settings = {
        "task": "segmentation",
        "data": outlined.settings(),
        "models": list(models),
        **protocol_settings,
        "twins": count_twins(outlined.prepared.data, splits),
        "recipe": recipe.settings(),
        "weights_files": weights_files(backbones, recipe),
        "code": code_digests(models, recipe, segmenters),
        "postprocess": asdict(postprocess),
        "spacing_mm": None if spacing is None else list(spacing),
        "seed": seed,
        "date": date.today().isoformat(),
        "environment": environment(),
        "git": git_state(),
    }
    store = Store(None if folder is None else Path(folder))
    settings = store.open(settings)
    total = sum(_steps(name, recipe) * len(splits) for name in models)
    with JobProgress(total, shown=progress) as shown:
        for name, reason in outlined.prepared.failures.items():
            shown.note(f"left out {name}: {reason}")
        task = _Task(outlined, splits, recipe, postprocess, spacing or (1.0, 1.0), seed)
        result = _Run(task, store, shown).result(models, settings)
    if folder is not None:
        result.save(folder)
    return result


@dataclass(frozen=True)
class _Task:
    """What every model of a run is given."""

    outlined: Outlined
    splits: list[Split]
    recipe: Recipe
    postprocess: Postprocess
    spacing: tuple[float, float]
    seed: int


class _Run(Loop[SegmentationRow, MaskContender]):
    """One run at work."""

    def __init__(self, task: _Task, store: Store, shown: JobProgress) -> None:
        super().__init__(task.splits, store, shown)
        self.task, self.prepared = task, task.outlined.prepared
        self._masks: dict[tuple[str, int], tuple[Mask, ...]] = {}

    def result(self, names: Sequence[str], settings: dict[str, Any]) -> SegmentationResult:
        finished = self.all(names)
        result = SegmentationResult(
            settings,
            finished.rows,
            images=self.prepared.by_id(),
            data=self.prepared.data,
            interrupted=finished.interrupted,
        )
        for name, outcomes in finished.outcomes.items():
            result.predictions[name] = self._predictions(name, outcomes)
            folds = range(len(self.splits))
            result.masks[name] = tuple(m for fold in folds for m in self._masks[name, fold])
            if any(outcome["history"] for outcome in outcomes):
                result.histories[name] = tuple(History.from_dict(o["history"]) for o in outcomes)
        return result

    def steps(self, name: str) -> int:
        return _steps(name, self.task.recipe)

    def failed(self, name: str, reason: str) -> SegmentationRow:
        return SegmentationRow(name, kind_of(name), error=reason)

    def row_from(self, values: dict[str, Any]) -> SegmentationRow:
        return SegmentationRow.from_dict(values)

    def contender(self, name: str) -> MaskContender:
        return make_contender(name, self.task.outlined.inputs, self.task.recipe, self.task.seed)

    def stored(self, name: str, fold: int) -> Outcome | None:
        """Return the outcome of a fold where it and all of its masks are there."""
        outcome = self.store.fold(name, fold)
        if outcome is None or self.store.folder is None:
            return None
        masks = read_masks(self.store.folder, self._files(name, fold))
        if masks is None:
            return None
        self._masks[name, fold] = masks
        return outcome

    def fold(
        self, name: str, contender: MaskContender, fold: int, split: Split, where: str
    ) -> Outcome:
        def advance(text: str) -> None:
            self.shown.advance(f"{where} {text}")

        training = contender.train(split, self.task.seed + fold, advance)
        images = self.task.outlined.inputs.images[split.test]
        probabilities = _checked(contender.probabilities(images), images)
        self.shown.describe(f"{where}: comparing masks")
        before: list[dict[str, float | None]] = []
        after: list[dict[str, float | None]] = []
        masks: list[Mask] = []
        for index, probability in zip(split.test.tolist(), probabilities, strict=True):
            record = self.prepared.records[index]
            whole = uncrop(probability, self.prepared.boxes[index], (record.height, record.width))
            whole = np.clip(whole, 0, 1)  # but for rounding it is there
            truth, mask = self.task.outlined.truths[index], self.task.postprocess(whole)
            before.append(measure(truth, whole > 0.5, self.task.spacing))
            after.append(measure(truth, mask, self.task.spacing))
            masks.append(mask)
        self._masks[name, fold] = tuple(masks)
        if self.store.folder is not None:
            write_masks(self.store.folder, self._files(name, fold), masks)
        return {
            "seconds": training.seconds,
            "history": None if training.history is None else training.history.to_dict(),
            "before": plain_figures(_columns(before)),
            "after": plain_figures(_columns(after)),
            "predicted_areas": [int(mask.sum()) for mask in masks],
        }

    def row(self, name: str, contender: MaskContender, outcomes: list[Outcome]) -> SegmentationRow:
        tested = self._predictions(name, outcomes)
        return SegmentationRow(
            name,
            contender.kind,
            contender.trainable_parameters,
            contender.ms_per_step(),
            contender.compile_seconds,
            sum(float(outcome["seconds"]) for outcome in outcomes),
            len(tested.ids),
            int((tested.areas > 0).sum()),
            tested.evaluation(self.task.seed).means,
            tested.evaluation(self.task.seed, before=True).means,
        )

    def _predictions(self, name: str, outcomes: list[Outcome]) -> MaskPredictions:
        data = self.prepared.data
        parts = [split.test for split in self.splits]
        tested = np.concatenate(parts)
        return MaskPredictions(
            ids=tuple(data.ids[i] for i in tested),
            folds=np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
            groups=data.groups[tested],
            labels=data.labels[tested],
            areas=np.array([int(self.task.outlined.truths[i].sum()) for i in tested], np.int64),
            predicted_areas=np.concatenate(
                [np.array(outcome["predicted_areas"], np.int64) for outcome in outcomes]
            ),
            after=_joined(outcomes, "after"),
            before=_joined(outcomes, "before"),
            files=tuple(file for fold in range(len(parts)) for file in self._files(name, fold)),
        )

    def _files(self, name: str, fold: int) -> list[str]:
        ids = self.prepared.data.ids
        return [mask_name(name, fold, i, ids[i]) for i in self.splits[fold].test.tolist()]


def _checked(probabilities: Any, images: NDArray[Any]) -> NDArray[Any]:
    """Return the probabilities of a contender, which may be a user's own, or raise ValueError."""
    array = np.asarray(probabilities)
    if array.shape != images.shape[:3] or not np.isfinite(array).all():
        raise ValueError(
            f"probabilities must be finite and of shape {images.shape[:3]}, those of the images; "
            f"got shape {array.shape}."
        )
    if array.min() < 0 or array.max() > 1:
        raise ValueError(
            f"probabilities must be in 0 to 1; got {array.min():.3g} to {array.max():.3g}."
        )
    return array


def _columns(rows: list[dict[str, float | None]]) -> dict[str, NDArray[np.float64]]:
    return {name: np.array([row[name] for row in rows], np.float64) for name in FIGURES}


def _joined(outcomes: list[Outcome], stage: str) -> dict[str, NDArray[np.float64]]:
    return {
        name: np.concatenate([np.array(outcome[stage][name], np.float64) for outcome in outcomes])
        for name in FIGURES
    }


def _steps(name: str, recipe: Recipe) -> int:
    return recipe.epochs if kind_of(name) == Outliner.kind else 1
