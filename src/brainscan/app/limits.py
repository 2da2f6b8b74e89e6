"""How much the page takes from those who use it."""

from dataclasses import asdict, dataclass

_MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """What the page refuses, so that its memory is bounded.

    At most ``waiting * file_mib`` of uploads are held at any time.

    Args:
        file_mib: the largest file, in MiB.
        files: that are taken from one drop; each is sent by itself.
        slices: of a volume that are answered, spread evenly.
        waiting: requests that are read or wait their turn; others are told to come again.
        upload_s: for a file to come in whole, in seconds.
        answer_s: for an answer to be made and taken, in seconds.

    Raises:
        ValueError: a limit is not positive.
    """

    file_mib: float = 64
    files: int = 20
    slices: int = 64
    waiting: int = 8
    upload_s: float = 60
    answer_s: float = 300

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not value > 0:
                raise ValueError(f"{name} must be positive; got {value}.")

    @property
    def file_bytes(self) -> int:
        """The largest file, in bytes."""
        return int(self.file_mib * _MEBIBYTE)
