"""The data of the demo: the 1,797 scanned digits of the UCI set, their split, and their pictures.

Pictures 0..1437 of sklearn.datasets.load_digits() are for training, 1438..1796 (the last fifth, 359 pictures) are held
out. The set is in the order of its writers, so this is harder than holding out every fifth picture: a writer's other
digits do not help. The calibration pictures are every 14th of the training part, 100 in all. The set holds 8x8 counts
of 0..16; a picture shows count * 15, an 8-bit gray of 0..240, so nothing is lost.
"""

import pathlib
import struct
import zlib

import numpy as np
import sklearn.datasets

GRAY_PER_COUNT = 15
FIRST_HELDOUT = 1438
CALIBRATION_PICTURES = 100
CALIBRATION_STEP = 14


def load():
    """Returns pictures [1797, 8, 8] uint8 (gray 0..240) and labels [1797] int64."""
    digits = sklearn.datasets.load_digits()
    return (digits.images * GRAY_PER_COUNT).astype(np.uint8), digits.target.astype(np.int64)


def split(count):
    """Indices of the training part, of the held-out part, and of the calibration pictures."""
    index = np.arange(count)
    training, heldout = index[:FIRST_HELDOUT], index[FIRST_HELDOUT:]
    return training, heldout, training[::CALIBRATION_STEP][:CALIBRATION_PICTURES]


def _png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, picture):
    """Writes an 8-bit gray picture [h, w]."""
    height, width = picture.shape
    rows = b"".join(b"\0" + row.tobytes() for row in picture)  # filter 0: tiny pictures gain nothing from others
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", zlib.compress(rows, 9)) +
        _png_chunk(b"IEND", b""))


def read_png(path):
    """Reads what write_png writes: [h, w] uint8. Raises ValueError for any other kind of PNG."""
    data = path.read_bytes()
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    position, compressed = 8, b""
    while position < len(data):
        size, kind = struct.unpack(">I4s", data[position:position + 8])
        if kind == b"IDAT":
            compressed += data[position + 8:position + 8 + size]
        position += size + 12
    rows = np.frombuffer(zlib.decompress(compressed), np.uint8).reshape(height, width + 1)
    if (depth, color) != (8, 0) or rows[:, 0].any():
        raise ValueError(f"{path}: not an unfiltered 8-bit gray PNG")
    return rows[:, 1:]


def write_pictures(folder):
    """Writes calibration/*.png, heldout/*.png and heldout/labels.tsv below `folder`; replaces what is there."""
    pictures, labels = load()
    _, heldout, calibration = split(len(pictures))
    for name, indices in (("calibration", calibration), ("heldout", heldout)):
        target = pathlib.Path(folder) / name
        target.mkdir(parents=True, exist_ok=True)
        for old in target.glob("*.png"):
            old.unlink()
        for i in indices:
            write_png(target / f"{i:04d}.png", pictures[i])
    lines = ["file\tlabel"] + [f"{i:04d}.png\t{labels[i]}" for i in heldout]
    (pathlib.Path(folder) / "heldout" / "labels.tsv").write_text("\n".join(lines) + "\n")
