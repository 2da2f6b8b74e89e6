"""Tumour masks that lie in a folder of their own, one file an image."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from brainscan._core.images import to_gray
from brainscan._core.reading import SUFFIXES, read_image
from brainscan._core.types import Mask

_LOSSY = frozenset({".jpg", ".jpeg"})
_SHOWN = 5


@dataclass(frozen=True)
class MaskFiles(Sequence[Mask]):
    """Masks read from their files each time they are asked for; what is not zero is tumour.

    Args:
        paths: one file an image.
        sizes: the height and width of each image, which its mask must have.
    """

    paths: tuple[Path, ...]
    sizes: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Mask:  # pyright: ignore[reportIncompatibleMethodOverride]
        path, size = self.paths[index], self.sizes[index]
        mask = to_gray(read_image(path)) != 0
        if mask.shape != size:
            raise ValueError(
                f"mask {path.name} must have the size of its image, {size[0]}x{size[1]} (height x "
                f"width); got {mask.shape[0]}x{mask.shape[1]}."
            )
        return mask


def find_masks(folder: Path, images: Sequence[Path]) -> tuple[Path, ...]:
    """Return the mask file of each image.

    Args:
        folder: where the masks lie.
        images: the image files relative to their own root. A mask has the same relative path, or
            the same but for the suffix.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: an image has no mask, or its mask is a JPEG file.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"masks must be a folder; there is none at {str(folder)!r}.")
    files = {p.relative_to(folder) for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES}
    by_stem = {path.with_suffix(""): path for path in sorted(files)}
    found = [p if p in files else by_stem.get(p.with_suffix("")) for p in images]
    missing = [image.as_posix() for image, mask in zip(images, found, strict=True) if mask is None]
    if missing:
        raise ValueError(
            f"masks must hold a file for every image; {len(missing)} have none "
            f"({', '.join(missing[:_SHOWN])}{', ...' if len(missing) > _SHOWN else ''}). "
            "Add blank masks where there is no tumour; leave the other images out."
        )
    masks = tuple(folder / mask for mask in found if mask)
    lossy = [mask.name for mask in masks if mask.suffix.lower() in _LOSSY]
    if lossy:
        raise ValueError(
            f"masks must be lossless files such as PNG; got {len(lossy)} JPEG files, such as "
            f"{lossy[0]}. Threshold them and save them as PNG."
        )
    return masks
