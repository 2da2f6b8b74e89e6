"""The paper's own data, "Brain MRI Images for Brain Tumor Detection", from Kaggle."""

from dataclasses import replace
from pathlib import Path

from brainscan._core.extras import require
from brainscan.datasets.dataset import Dataset
from brainscan.datasets.folder import load_folder
from brainscan.datasets.registry import register

HANDLE = "navoneel/brain-mri-images-for-brain-tumor-detection"


@register("kaggle253")
def kaggle253(path: str | Path | None = None) -> Dataset:
    """Load the 253 slices of the paper: 98 without and 155 with a tumour.

    Args:
        path: the unpacked archive where it is on disk already; None to download it with the
            package kagglehub (``pip install 'brainscan[kaggle]'``), which keeps a copy.

    Returns:
        The images in groups of near-duplicates, which leave about 209 independent ones.

    Raises:
        ImportError: kagglehub is not installed.
        ConnectionError: the download failed.
        FileNotFoundError: there is no folder at ``path``.

    References:
        N. Chakrabarty, "Brain MRI Images for Brain Tumor Detection", Kaggle, 2019,
        https://www.kaggle.com/datasets/navoneel/brain-mri-images-for-brain-tumor-detection
    """
    data = load_folder(_download() if path is None else path, classes=("no", "yes"))
    return replace(
        data,
        name="kaggle253",
        licence="unverified on Kaggle: do not redistribute",
        citation=(
            "N. Chakrabarty. Brain MRI Images for Brain Tumor Detection. Kaggle, 2019. "
            f"https://www.kaggle.com/datasets/{HANDLE}"
        ),
    )


def _download() -> str:
    kagglehub = require("kagglehub", extra="kaggle")
    try:
        return kagglehub.dataset_download(HANDLE)
    except OSError as error:
        raise ConnectionError(
            f"the download of {HANDLE} from Kaggle must succeed; got {error}. Download the archive "
            "by hand, unpack it and give its folder: load('kaggle253', path='...')."
        ) from error
