"""Files of every kind that `brainscan.scans` reads, made in memory, with what they hold."""

import gzip
import io
from collections.abc import Iterator

import cv2
import nibabel
import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    MRImageStorage,
    RLELossless,
    generate_uid,
)

MARKER = "ZZMARK"
"""Part of everything in the DICOM files below that tells who the patient is."""

PHI = {
    "PatientName": f"{MARKER}NAME^Jane",
    "PatientID": f"{MARKER}ID",
    "PatientBirthDate": "19701231",
    "PatientAddress": f"{MARKER}ADDRESS",
    "OtherPatientNames": f"{MARKER}OTHER^Jane",
    "InstitutionName": f"{MARKER}HOSPITAL",
    "ReferringPhysicianName": f"{MARKER}DOCTOR^A",
    "StudyDescription": f"{MARKER}STUDY",
    "SeriesDescription": f"{MARKER}SERIES",
    "ProtocolName": f"{MARKER}PROTOCOL",
    "AccessionNumber": f"{MARKER}ACC",
    "StudyID": f"{MARKER}SID",
    "StudyDate": "20010203",
    "ImageComments": f"{MARKER}COMMENT",
    "PatientComments": f"{MARKER}COMMENT",
}
SHOWN_PHI = (MARKER, "19701231", "20010203", "1.2.826.0.1.3680043.8.498")
"""What must never come out: the marker, the dates, and the root of the UIDs."""


def dicom(pixels: np.ndarray, syntax: str = ExplicitVRLittleEndian, **elements: object) -> bytes:
    """A DICOM file with these pixels: ``([frames,] rows, columns[, 3])``, and PHI in it."""
    data = dicom_dataset(pixels, **elements)
    if syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.compress(syntax, generate_instance_uid=False)
    elif syntax == JPEGBaseline8Bit:
        frames = pixels[None] if pixels.ndim == 2 else pixels
        data.PixelData = encapsulate([encoded(frame, "JPEG", quality=95) for frame in frames])
        data["PixelData"].VR = "OB"
        data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, data, enforce_file_format=True)
    return buffer.getvalue()


def dicom_dataset(pixels: np.ndarray, **elements: object) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.MediaStorageSOPClassUID = MRImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.SOPClassUID = MRImageStorage
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID = data.SeriesInstanceUID = generate_uid()
    data.Modality = "MR"
    for name, value in PHI.items():
        setattr(data, name, value)
    colour = pixels.ndim >= 3 and pixels.shape[-1] == 3
    frames = pixels.shape[:-3] if colour else pixels.shape[:-2]
    data.Rows, data.Columns = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    if frames:
        data.NumberOfFrames = frames[0]
    data.SamplesPerPixel = 3 if colour else 1
    data.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        data.PlanarConfiguration = 0
    data.BitsAllocated = data.BitsStored = 8 * pixels.dtype.itemsize
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    content = pixels.tobytes()
    data.PixelData = content + b"\0" * (len(content) % 2)
    data["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    for name, value in elements.items():
        if value is None:
            delattr(data, name)
        else:
            setattr(data, name, value)
    return data


def enhanced(pixels: np.ndarray, positions: list[list[float]], **elements: object) -> bytes:
    """An enhanced multi-frame file, whose frames say in sequences where they lie."""
    shared, measures, orientation = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [2.0, 0.5], 3.0
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence = [measures]
    shared.PlaneOrientationSequence = [orientation]
    frames = []
    for position in positions:
        frame, plane = Dataset(), Dataset()
        plane.ImagePositionPatient = position
        frame.PlanePositionSequence = [plane]
        frames.append(frame)
    return dicom(
        pixels,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
        **elements,
    )


def nifti(array: np.ndarray, affine: np.ndarray | None = None, packed: bool = False) -> bytes:
    """A NIfTI file with this array."""
    image = nibabel.Nifti1Image(array, np.eye(4) if affine is None else affine)
    content = image.to_bytes()
    return gzip.compress(content, mtime=0) if packed else content


def encoded(array: np.ndarray, kind: str, **options: object) -> bytes:
    """A picture, written by Pillow."""
    buffer = io.BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def opencv(array: np.ndarray, suffix: str) -> bytes:
    """A picture, written by OpenCV, which writes 16 bits and floats in colour."""
    return cv2.imencode(suffix, array)[1].tobytes()


def textured(*shape: int, top: int = 255, dtype: type = np.uint8) -> np.ndarray:
    """Pixels that look like a scan more than noise does: they compress, and no two rows are one."""
    rng = np.random.default_rng(sum(shape))
    rows = np.linspace(0, 1, shape[-1] if shape[-1] > 4 else shape[-2])
    smooth = np.sin(6 * rows) ** 2
    base = smooth if shape[-1] > 4 else smooth[:, None]
    return ((0.7 * base + 0.3 * rng.random(shape)) * top).astype(dtype)


def pictures() -> Iterator[tuple[str, bytes]]:
    """Whole pictures of many kinds, with the name of each."""
    gray, colour = textured(24, 32), textured(24, 32, 3)
    deep = textured(24, 32, top=65535, dtype=np.uint16)
    deep_colour = textured(24, 32, 3, top=65535, dtype=np.uint16)
    yield "png gray", encoded(gray, "PNG")
    yield "png colour", encoded(colour, "PNG")
    yield "png 16 bits", encoded(deep, "PNG")
    yield "png 16 bits colour", opencv(deep_colour, ".png")
    yield "png palette", encoded(Image.fromarray(colour).quantize(16), "PNG")
    yield "jpeg gray", encoded(gray, "JPEG")
    yield "jpeg colour", encoded(colour, "JPEG", quality=90)
    yield "jpeg progressive", encoded(colour, "JPEG", progressive=True)
    yield "jpeg restarts", encoded(colour, "JPEG", restart_marker_blocks=2)
    yield "bmp gray", encoded(gray, "BMP")
    yield "bmp colour", encoded(colour, "BMP")
    yield "bmp one bit", encoded(Image.fromarray(gray).convert("1"), "BMP")
    yield "webp lossy", encoded(colour, "WEBP")
    yield "webp lossless", encoded(colour, "WEBP", lossless=True)
    for compression in ("raw", "tiff_lzw", "tiff_deflate", "packbits", "jpeg"):
        yield f"tiff {compression}", encoded(colour, "TIFF", compression=compression)
    yield "tiff 16 bits", encoded(deep, "TIFF")
    yield "tiff 16 bits colour", opencv(deep_colour, ".tiff")
    yield "tiff float", encoded(gray.astype(np.float32), "TIFF")
    yield "tiff float colour", opencv(colour.astype(np.float32), ".tiff")
    pages = [Image.fromarray(textured(24, 32 + page)) for page in range(1, 3)]
    yield (
        "tiff pages",
        encoded(Image.fromarray(gray), "TIFF", save_all=True, append_images=pages),
    )


def dicoms() -> Iterator[tuple[str, bytes]]:
    """Whole DICOM files of many kinds, with the name of each."""
    gray = textured(32, 40)
    deep = textured(32, 40, top=4095, dtype=np.uint16)
    stored = {"BitsStored": 12, "HighBit": 11}
    place = {
        "ImagePositionPatient": [1, 2, 3],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [0.5, 0.5],
        "WindowCenter": 2000,
        "WindowWidth": 3000,
    }
    yield "dicom plain", dicom(deep, **stored, **place)
    yield "dicom implicit", dicom(deep, ImplicitVRLittleEndian, **stored, **place)
    yield "dicom deflated", dicom(deep, DeflatedExplicitVRLittleEndian, **stored)
    yield (
        "dicom signed",
        dicom(deep.astype(np.int16) - 1000, RescaleSlope=2, RescaleIntercept=-5),
    )
    yield "dicom inverted", dicom(gray, PhotometricInterpretation="MONOCHROME1")
    yield "dicom colour", dicom(textured(32, 40, 3))
    yield "dicom rle", dicom(deep, RLELossless)
    yield "dicom jpeg", dicom(gray, JPEGBaseline8Bit)
    yield "dicom jpeg 2000", dicom(deep, JPEG2000Lossless, **stored)
    yield "dicom jpeg-ls", dicom(deep, JPEGLSLossless, **stored)
    frames = np.stack([gray, gray[::-1], gray[:, ::-1]])
    yield "dicom frames", enhanced(frames, [[0, 0, z] for z in (4, 0, 2)])
    yield "dicom frames jpeg", dicom(frames, JPEGBaseline8Bit)


def niftis() -> Iterator[tuple[str, bytes]]:
    """Whole NIfTI files of many kinds, with the name of each."""
    volume = textured(6, 12, 16)
    affine = np.diag([2.0, 1.0, 1.0, 1.0])
    yield "nifti bytes", nifti(volume, affine)
    yield "nifti shorts", nifti(volume.astype(np.int16), affine)
    yield "nifti floats packed", nifti(volume.astype(np.float32), affine, packed=True)
    yield "nifti bytes packed", nifti(volume, packed=True)
