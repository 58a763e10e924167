#!/usr/bin/python3
"""Trains the demo network and writes everything the demo needs into this folder.

    apt-get install python3-sklearn python3-torch python3-onnx
    ./train.py                # digits.onnx, calibration/, heldout/ (about two minutes)
    ./train.py --check-only   # only evaluates the committed digits.onnx on the committed pictures

The seed, the split and the number of epochs are fixed, and the held-out pictures choose nothing: the network after
the last epoch is the one that is written. Another processor or torch version may round differently and end a picture
or so away.
"""

import argparse
import math
import pathlib
import time

import numpy as np
import onnx
import torch
from torch.nn import functional

import digits_data
import digits_network

FOLDER = pathlib.Path(__file__).resolve().parent
SEED = 20
EPOCHS = 120
BATCH = 64
LEARNING_RATE = 4e-3
REQUIRED_ACCURACY = 0.98
# What convert.yaml says too: (gray - MEAN) / STD.
MEAN, STD = 75.0, 90.0


def preprocess(pictures):
    """[n, 8, 8] uint8 -> [n, 1, 8, 8] float32, as the converter's mean and std do it."""
    return ((pictures.astype(np.float32) - MEAN) / STD)[:, None]


def augment(images):
    """Shifts by up to 0.75 pixel, turns by up to 12 degrees, zooms by up to 10 %; new ground is white paper (gray 0)."""
    count = len(images)
    angle = (torch.rand(count) * 2 - 1) * math.radians(12)
    zoom = 1 + (torch.rand(count) * 2 - 1) * 0.1
    shift = (torch.rand(count, 2) * 2 - 1) * (0.75 * 2 / 8)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    affine = torch.stack([torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1)
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    paper = -MEAN / STD
    return functional.grid_sample(images - paper, grid, align_corners=False) + paper


def train(images, labels):
    """Trains on all given images for EPOCHS epochs and returns the network in evaluation mode."""
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # sums in parallel would depend on the machine
    network = digits_network.DigitsNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    steps = EPOCHS * math.ceil(len(images) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.2)
    started = time.monotonic()
    for epoch in range(EPOCHS):
        network.train()
        total = 0.0
        for batch in torch.randperm(len(images)).split(BATCH):
            loss = functional.cross_entropy(network(augment(images[batch])), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1:3d}/{EPOCHS}  loss {total / len(images):.4f}  "
                  f"{time.monotonic() - started:.0f} s", flush=True)
    return network.eval()


def check():
    """Evaluates the written files alone: digits.onnx on heldout/*.png. Raises SystemExit below the required figure."""
    model = onnx.load(str(FOLDER / "digits.onnx"))
    lines = (FOLDER / "heldout" / "labels.tsv").read_text().splitlines()[1:]
    files, labels = zip(*(line.split("\t") for line in lines))
    pictures = np.stack([digits_data.read_png(FOLDER / "heldout" / name) for name in files])
    guesses = digits_network.run_onnx(model, preprocess(pictures)).argmax(axis=1)
    right = int((guesses == np.array(labels, np.int64)).sum())
    accuracy = right / len(files)
    size = (FOLDER / "digits.onnx").stat().st_size
    print(f"digits.onnx: {size} bytes; held out: {right} of {len(files)} right, {100 * accuracy:.2f} %")
    if accuracy < REQUIRED_ACCURACY:
        raise SystemExit(f"accuracy is below the required {100 * REQUIRED_ACCURACY:.0f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check-only", action="store_true", help="evaluate the written files, train nothing")
    if not parser.parse_args().check_only:
        pictures, labels = digits_data.load()
        training, heldout, _ = digits_data.split(len(pictures))
        network = train(torch.from_numpy(preprocess(pictures[training])), torch.from_numpy(labels[training]))
        with torch.no_grad():
            logits = network(torch.from_numpy(preprocess(pictures[heldout])))
        print(f"torch: {int((logits.argmax(1).numpy() == labels[heldout]).sum())} of {len(heldout)} right")
        model = digits_network.to_onnx(network)
        difference = np.abs(digits_network.run_onnx(model, preprocess(pictures[heldout])) - logits.numpy()).max()
        print(f"largest difference between torch and the ONNX nodes: {difference:.2g}")
        onnx.save(model, str(FOLDER / "digits.onnx"))
        digits_data.write_pictures(FOLDER)
    check()


if __name__ == "__main__":
    main()
