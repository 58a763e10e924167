#!/usr/bin/env python3
"""Turns the raw test data (CIFAR-10, MNIST, keyword spotting, autoencoder inputs) into .npy files that `tinamix` reads.
For the recurrent networks there is none: they get consecutive frames of a synthetic voice.

Each network gets float32 arrays, preprocessed for it and NCHW, the first dimension counting samples:

  NAME_calibration.npy                     what `tinamix convert --data` wants
  NAME_test.npy, NAME_test_labels.tsv      what `tinamix eval --data --labels` wants (columns index, label), where there
                                           are labels; of recurrent networks what `tinamix run --input` takes as frames

Plain Python, no packages.

  scripts/unpack_test_data.py --data ../shared/data OUTPUT_FOLDER
  scripts/unpack_test_data.py OUTPUT_FOLDER resnet8 mnist      only these networks
"""
import argparse
import array
import cmath
import math
import os
import pathlib
import random
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

CIFAR_SHAPE = (3, 32, 32)
MNIST_SHAPE = (1, 28, 28)
KWS_SHAPE = (1, 49, 10)
# The arrays that are tests as a whole are calibrated on every 20th (MNIST) or 5th (keywords) sample of them.
MNIST_CALIBRATION_STEP = 20
KWS_CALIBRATION_STEP = 5
CALIBRATION_FRAMES, TEST_FRAMES = 400, 100
SAMPLE_RATE = 16000
# The keyword features were quantized as real = scale * (code - zero_point).
KWS_SCALE, KWS_ZERO_POINT = 0.58470291, 83


def fail(message):
    sys.exit(f"unpack_test_data.py: {message}")


def read(path, expected_bytes=None):
    try:
        content = path.read_bytes()
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    if expected_bytes is not None and len(content) != expected_bytes:
        fail(f"{path}: {len(content)} bytes, expected {expected_bytes}")
    return content


def write_npy(path, shape, values):
    """Writes `values` (array of 'f') as a version 1.0 .npy file, completely or not at all."""
    count = 1
    for dimension in shape:
        count *= dimension
    assert len(values) == count, (path, shape, len(values))
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    prefix = 10
    text += " " * (-(prefix + len(text) + 1) % 64) + "\n"
    if sys.byteorder == "big":
        values = array.array("f", values)
        values.byteswap()
    write(path, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin-1") + values.tobytes())


def write(path, content):
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        fail(f"{path}: {error.strerror}")
    print(path)


def write_labels(path, labels):
    write(path, "".join(["index\tlabel\n"] + [f"{i}\t{label}\n" for i, label in enumerate(labels)]).encode())


def planar(pixels, count, channels, area, mean, deviation):
    """uint8 [count][area][channels] -> float [count][channels][area], (pixel - mean) / deviation per channel."""
    tables = [[(value - mean[c]) / deviation[c] for value in range(256)] for c in range(channels)]
    result = array.array("f")
    for i in range(count):
        sample = pixels[i * area * channels:(i + 1) * area * channels]
        for c in range(channels):
            result.extend(map(tables[c].__getitem__, sample[c::channels]))
    return result


def cifar10(data, output, name, mean, deviation):
    channels, height, width = CIFAR_SHAPE
    area = height * width
    for part, count, role in (("calib1000", 1000, "calibration"), ("test2000", 2000, "test")):
        folder = data / "images" / "cifar10"
        pixels = read(folder / f"{part}_rgb_u8_nhwc.bin", count * channels * area)
        values = planar(pixels, count, channels, area, mean, deviation)
        write_npy(output / f"{name}_{role}.npy", (count, *CIFAR_SHAPE), values)
        if role == "test":
            write_labels(output / f"{name}_test_labels.tsv", read(folder / f"{part}_labels_u8.bin", count))


def read_idx(path, dimensions):
    """Shape and bytes of an idx file of uint8."""
    content = read(path)
    header = 4 + 4 * dimensions
    if len(content) < header or content[:4] != bytes((0, 0, 8, dimensions)):
        fail(f"{path}: not an idx file of uint8 with {dimensions} dimensions")
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    count = 1
    for dimension in shape:
        count *= dimension
    if len(content) != header + count:
        fail(f"{path}: {len(content)} bytes, expected {header + count}")
    return shape, content[header:]


def subset(values, size, step):
    """Every step-th of the samples of `size` elements."""
    result = array.array("f")
    for begin in range(0, len(values), size * step):
        result.extend(values[begin:begin + size])
    return result


def write_all_and_some(output, name, shape, values, labels, step):
    size = shape[0] * shape[1] * shape[2]
    some = subset(values, size, step)
    write_npy(output / f"{name}_calibration.npy", (len(some) // size, *shape), some)
    write_npy(output / f"{name}_test.npy", (len(labels), *shape), values)
    write_labels(output / f"{name}_test_labels.tsv", labels)


def mnist(data, output):
    folder = data / "images" / "mnist"
    (count, height, width), pixels = read_idx(folder / "t10k-images-idx3-ubyte", 3)
    (labelled,), labels = read_idx(folder / "t10k-labels-idx1-ubyte", 1)
    if (1, height, width) != MNIST_SHAPE or count != labelled:
        fail(f"{folder}: {count} pictures of {height}x{width} and {labelled} labels")
    values = array.array("f", map(float, pixels))
    write_all_and_some(output, "mnist", MNIST_SHAPE, values, labels, MNIST_CALIBRATION_STEP)


def dscnn_kws(data, output):
    folder = data / "audio" / "kws"
    labels = read(folder / "labels_u8.bin")
    size = KWS_SHAPE[0] * KWS_SHAPE[1] * KWS_SHAPE[2]
    codes = array.array("b", read(folder / "mfcc_int8_500x49x10.bin", len(labels) * size))
    values = array.array("f", ((code - KWS_ZERO_POINT) * KWS_SCALE for code in codes))
    write_all_and_some(output, "dscnn_kws", KWS_SHAPE, values, labels, KWS_CALIBRATION_STEP)


def ad_autoencoder(data, output):
    """There is no data set of it here: the inputs of the golden outputs, one after the other."""
    folder = data / "golden" / "ad_autoencoder"
    samples = sorted((path for path in folder.glob("*/in_0.npy")), key=lambda path: int(path.parent.name))
    if not samples:
        fail(f"{folder}: no golden inputs")
    values, width = array.array("f"), 640
    for path in samples:
        content = read(path)
        # Version 1.0 with float32 only; the elements are the last bytes of the file.
        if content[:8] != b"\x93NUMPY\x01\x00" or b"'<f4'" not in content[:128]:
            fail(f"{path}: not a float32 .npy file of version 1.0")
        begin = 10 + struct.unpack("<H", content[8:10])[0]
        if len(content) - begin != 4 * width:
            fail(f"{path}: {len(content) - begin} bytes of elements, expected {4 * width}")
        sample = array.array("f", content[begin:])
        if sys.byteorder == "big":
            sample.byteswap()
        values.extend(sample)
    write_npy(output / "ad_autoencoder_calibration.npy", (len(samples), width), values)


def voice(count, seed):
    """Something like speech: harmonics of a gliding pitch under moving formants, hisses and pauses, and some noise."""
    noise = random.Random(seed)
    signal, phase, step = [], 0.0, 32
    for begin in range(0, count, step):
        time = begin / SAMPLE_RATE
        syllable, place = divmod(time * 3.7 + seed, 1)
        kind = int(syllable) * 7 % 5  # 0: pause, 1: hiss, else a vowel
        loudness = math.sin(math.pi * place) ** 2
        pitch = 110 + 40 * math.sin(2 * time + seed) + 10 * kind
        first, second = 400 + 120 * kind, 1200 + 300 * math.sin(3 * time + kind)
        gains = [math.exp(-((f - first) / 180) ** 2) + 0.5 * math.exp(-((f - second) / 250) ** 2)
                 for f in (harmonic * pitch for harmonic in range(1, int(4000 / pitch)))]
        audible = [(harmonic, gain) for harmonic, gain in enumerate(gains, 1) if gain > 1e-3]
        for _ in range(min(step, count - begin)):
            phase += 2 * math.pi * pitch / SAMPLE_RATE
            sound = 0.0
            if kind == 1:
                sound = noise.uniform(-0.2, 0.2)
            elif kind > 1:
                sound = 0.18 * sum(gain * math.sin(harmonic * phase) for harmonic, gain in audible)
            signal.append(loudness * sound + noise.uniform(-0.003, 0.003))
    return signal


def spectrum(samples):
    """Discrete Fourier transform of a power of two of numbers."""
    if len(samples) == 1:
        return samples
    even, odd = spectrum(samples[::2]), spectrum(samples[1::2])
    turned = [cmath.exp(-2j * math.pi * k / len(samples)) * value for k, value in enumerate(odd)]
    return [a + b for a, b in zip(even, turned)] + [a - b for a, b in zip(even, turned)]


def write_frames(output, name, shape, frames_of):
    """frames_of(count, seed) gives the numbers of all frames, one after the other."""
    for role, count, seed in (("calibration", CALIBRATION_FRAMES, 1), ("test", TEST_FRAMES, 2)):
        write_npy(output / f"{name}_{role}.npy", (count, *shape), array.array("f", frames_of(count, seed)))


def dtln_1(_, output):
    """Magnitudes of windows of 512 samples, 128 apart."""
    window, hop = 512, 128

    def frames(count, seed):
        signal = voice(window + hop * count, seed)
        for begin in range(0, hop * count, hop):
            yield from map(abs, spectrum(signal[begin:begin + window])[:window // 2 + 1])

    write_frames(output, "dtln_1", (1, 1, window // 2 + 1), frames)


def silero_vad(_, output):
    """512 new samples behind the last 64 of the frame before."""
    new, context = 512, 64

    def frames(count, seed):
        signal = voice(context + new * count, seed)
        for begin in range(0, new * count, new):
            yield from signal[begin:begin + context + new]

    write_frames(output, "silero_vad", (1, context + new), frames)


NETWORKS = {
    "resnet8": lambda data, output: cifar10(data, output, "resnet8", (0, 0, 0), (1, 1, 1)),
    "cifar10_resnet": lambda data, output: cifar10(data, output, "cifar10_resnet", (125.307, 122.961, 113.8575),
                                                   (63.0105, 62.0925, 66.708)),
    "cifar10_vit": lambda data, output: cifar10(data, output, "cifar10_vit", (125.307, 122.961, 113.8575),
                                                (51.5865, 50.847, 51.255)),
    "mnist": mnist,
    "dscnn_kws": dscnn_kws,
    "ad_autoencoder": ad_autoencoder,
    "dtln_1": dtln_1,
    "silero_vad": silero_vad,
}


def main():
    default = os.environ.get("TINAMIX_DATA") or ROOT / ".." / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(default),
                        help="folder with images/, audio/ and golden/ (default: TINAMIX_DATA)")
    parser.add_argument("output", type=pathlib.Path, help="folder for the .npy files; made if needed")
    parser.add_argument("networks", nargs="*", metavar="network", help="any of: " + ", ".join(NETWORKS))
    arguments = parser.parse_args()
    for name in arguments.networks:
        if name not in NETWORKS:
            parser.error(f"unknown network {name} (choose from {', '.join(NETWORKS)})")
    if not arguments.data.is_dir():
        fail(f"{arguments.data}: there is no such folder (set TINAMIX_DATA or --data)")
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name in arguments.networks or NETWORKS:
        NETWORKS[name](arguments.data, arguments.output)


if __name__ == "__main__":
    main()
