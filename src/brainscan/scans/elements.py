"""The elements of a DICOM file that say how its pixels are to be read, and no others.

What names the patient, the study or the people in it is stepped over without being decoded, so it
can't come up in a message, a log or a record. Unlike readers that are made for every purpose, this
one refuses what is cut short, and its time and memory are bounded whatever the file says.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from brainscan.scans.inflate import DEFLATE, inflate
from brainscan.scans.limits import Limits

Items: TypeAlias = "Sequence[Elements]"
Elements: TypeAlias = "Mapping[int, bytes | Items]"
"""The value of each tag as its bytes, or the items of a sequence."""

TRANSFER_SYNTAX = 0x0002_0010
PIXEL_DATA = 0x7FE0_0010

BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"

_PREAMBLE = 132
_META_GROUP = 0x0002
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFE_E000, 0xFFFE_E00D, 0xFFFE_E0DD
_UNDEFINED = 0xFFFF_FFFF
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR"))
_LONG_TOO = frozenset((b"UT", b"UV"))
_DEPTH = 16
_COUNT = 500_000
_CUT = "must be a whole DICOM file; it is cut short or damaged."


@dataclass(frozen=True)
class Found:
    """The elements of a file that were asked for.

    Args:
        elements: their values.
        order: ``<`` for little endian, ``>`` for big endian.
        transfer_syntax: the UID of how the pixels are stored.
    """

    elements: Elements
    order: str
    transfer_syntax: str


def find_elements(content: bytes, tags: frozenset[int], limits: Limits) -> Found:
    """Return the elements with these tags, in sequences too, up to the pixels.

    Args:
        content: a whole DICOM file.
        tags: those of elements to keep, and of the sequences to look into.
        limits: bound what a deflated file is inflated to.

    Raises:
        ValueError: the file is cut short or damaged, or larger than the limits once inflated.
    """
    try:
        syntax, start = _transfer_syntax(content)
        if syntax == DEFLATED:
            content = inflate(content[start:], limits.unpacked_bytes, DEFLATE)
            start = 0
        order = ">" if syntax == BIG_ENDIAN else "<"
        walk = _Walk(content, order, tags)
        # As the first element is written, whatever the UID says: some files contradict theirs.
        explicit = content[start + 4 : start + 6].isalpha()
        elements, _ = walk.dataset(start, len(content), explicit=explicit, depth=0)
    except struct.error:
        raise ValueError(_CUT) from None
    return Found(elements, order, syntax)


def _transfer_syntax(content: bytes) -> tuple[str, int]:
    """Return the UID that the file's own header names, and where that header ends."""
    walk = _Walk(content, "<", frozenset({TRANSFER_SYNTAX}))
    syntax, at = b"", _PREAMBLE
    while at + 8 <= len(content) and content[at : at + 2] == b"\x02\0":
        tag, length, start = walk.header(at, explicit=True)
        if length > len(content) - start:
            raise ValueError(_CUT)
        at = start + length
        if tag == TRANSFER_SYNTAX:
            syntax = content[start:at]
    name = syntax.strip(b"\0 ").decode("ascii", errors="replace")
    if not name:
        raise ValueError("must say how its pixels are stored (TransferSyntaxUID); it does not.")
    return name, at


class _Walk:
    """Step from element to element of one file, counting them."""

    def __init__(self, content: bytes, order: str, tags: frozenset[int]) -> None:
        self.content = content
        self.order = order
        self.tags = tags
        self.count = 0

    def header(self, at: int, explicit: bool) -> tuple[int, int, int]:
        """Return the tag of an element, the length of its value, and where that starts."""
        self.count += 1
        if self.count > _COUNT:
            raise ValueError(f"must hold at most {_COUNT:,} elements; it holds more.")
        group, element = struct.unpack_from(self.order + "HH", self.content, at)
        tag = group << 16 | element
        kind = self.content[at + 4 : at + 6]
        # Items have no kind of value; and some writers are implicit inside of explicit files.
        if not explicit or group == 0xFFFE or not (kind.isalpha() and kind.isupper()):
            (length,) = struct.unpack_from(self.order + "I", self.content, at + 4)
            return tag, length, at + 8
        if kind in _LONG or kind in _LONG_TOO:
            (length,) = struct.unpack_from(self.order + "I", self.content, at + 8)
            return tag, length, at + 12
        (length,) = struct.unpack_from(self.order + "H", self.content, at + 6)
        return tag, length, at + 8

    def dataset(self, at: int, end: int, explicit: bool, depth: int) -> tuple[Elements, int]:
        """Return the elements from here to the end, or to the mark that ends an item."""
        if depth > _DEPTH:
            raise ValueError(f"must nest sequences at most {_DEPTH} deep; it nests them deeper.")
        found: dict[int, bytes | Items] = {}
        while at + 8 <= end:
            tag, length, start = self.header(at, explicit)
            if tag == _ITEM_END:
                return found, start
            unknown = explicit and self.content[at + 4 : at + 6] == b"UN"
            if length != _UNDEFINED and length > end - start:
                raise ValueError(_CUT)
            # PS3.5 6.2.2: what is unknown and has no length is a sequence, written implicitly.
            value, at = self._value(tag, start, end, length, explicit and not unknown, depth)
            if tag in self.tags:
                found[tag] = value
            if tag == PIXEL_DATA and depth == 0:
                return found, at  # what follows is of no use here
        if any(self.content[at:end]):
            raise ValueError(_CUT)
        return found, end

    def _value(
        self, tag: int, start: int, end: int, length: int, explicit: bool, depth: int
    ) -> "tuple[bytes | Items, int]":
        """Return the value of an element, empty where it is not asked for, and where it ends."""
        if tag == PIXEL_DATA:  # in a sequence, those of an icon
            return self._pixels(start, end, length)
        if length == _UNDEFINED:
            return self._items(start, end, explicit, depth)
        stop = start + length
        if tag not in self.tags:
            return b"", stop
        if self._is_item(start, stop):
            return self._items(start, stop, explicit, depth)[0], stop
        return self.content[start:stop], stop

    def _is_item(self, start: int, end: int) -> bool:
        mark = struct.pack(self.order + "HH", _ITEM >> 16, _ITEM & 0xFFFF)
        return end - start >= 8 and self.content[start : start + 4] == mark

    def _items(self, at: int, end: int, explicit: bool, depth: int) -> "tuple[Items, int]":
        """Return the items of a sequence from here to the end, or to the mark that ends it."""
        items: list[Elements] = []
        while at + 8 <= end:
            tag, length, start = self.header(at, explicit)
            if tag == _SEQUENCE_END:
                return items, start
            if tag != _ITEM or (length != _UNDEFINED and length > end - start):
                raise ValueError(_CUT)
            stop = end if length == _UNDEFINED else start + length
            item, at = self.dataset(start, stop, explicit, depth + 1)
            items.append(item)
        if at != end:
            raise ValueError(_CUT)
        return items, at

    def _pixels(self, start: int, end: int, length: int) -> tuple[bytes, int]:
        """Return the pixels' bytes, with the marks between fragments where they are compressed."""
        if length != _UNDEFINED:
            return self.content[start : start + length], start + length
        at = start
        while at + 8 <= end:
            tag, length, inside = self.header(at, explicit=False)
            if tag == _SEQUENCE_END:
                return self.content[start:at], inside
            if tag != _ITEM or length > end - inside:
                raise ValueError(_CUT)
            at = inside + length
        raise ValueError(_CUT)
