#!/usr/bin/env python3
"""Cost tables of boards from counted instructions, and how far predictions are from counts.

Counts the guest instructions of every op of real networks under QEMU with count_instructions.c (built here; tmx bench
--profile reads the clock around every op, and the plugin counts between those system calls), one thread, in int8, w8a16,
int16 and float32. cortex-a76 stands for the Cortex-A55: dot product, no more.

  bench/cost_tables.py                                   table: predicted against counted, for every network and board
  bench/cost_tables.py --fit                             also writes the instructions of boards/*/cost.yaml anew
  bench/cost_tables.py --networks resnet8 --boards k1    a part of it, printed only
  bench/cost_tables.py --counts counts.json              keeps the counts there, and takes over those that are there

The table shown after --fit is of the very counts that were fitted. A table has for each kind of op and precision the rates of docs/quantization.md ("Cost tables"): the non-negative ones with
the least squared error of all counted ops of that kind, each relative to what it counts in its network, so that networks
of every size come out right. Kinds that no network has keep what their table says.

Needs the presets host, aarch64, armv7 and riscv64 built (targets tinamix_program, tmx), qemu-user, a C compiler and numpy.
Networks come from the test data (--data, default ../shared/data)."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import numpy

from instructions import RISCV, ROOT, build_counter, run

# name: (preset, emulator, number of the system call that reads the clock)
BOARDS = {
    "t527": ("aarch64", ["qemu-aarch64", "-cpu", "cortex-a76"], 113),
    "a53": ("aarch64", ["qemu-aarch64", "-cpu", "cortex-a53"], 113),
    "v853": ("armv7", ["qemu-arm", "-cpu", "cortex-a7"], 403),
    "k1": ("riscv64", ["qemu-riscv64", "-cpu", RISCV], 113),
}
# name: calibration data, of the data folder or unpacked (scripts/unpack_test_data.py)
NETWORKS = {
    "mnist": "unpacked/mnist_calibration.npy",
    "resnet8": "unpacked/resnet8_calibration.npy",
    "cifar10_resnet": "unpacked/cifar10_resnet_calibration.npy",
    "dscnn_kws": "unpacked/dscnn_kws_calibration.npy",
    "ad_autoencoder": "unpacked/ad_autoencoder_calibration.npy",
    "vww96": "images/coco_calibration",
    "mobilenetv1_025": "images/imagenet500",
    "squeezenet1.1": "images/imagenet500",
    "mobilefacenet": "images/faces112",
    "mobilenetv2": "images/imagenet500",
    "yolov5n": "images/coco_calibration",
}
PRECISIONS = {"int8": "w8a8", "w8a16": "w8a16", "int16": "w16a16", "float": "f32"}
# What each of them is multiplied by in the JSON of `convert --layer-costs`; op: 1.
WORK = {"mac": "macs", "input": "inputs", "output": "outputs", "weight": "weight_bytes", "position": "positions",
        "tap": "taps", "visit": "visits"}
FEWEST_ROWS = 6
LANES = (1, 4, 8, 16, 32, 64)
ROUNDS, MOST_IMPORTANCE = 30, 10
# Reading the clock twice.
CLOCK_INSTRUCTIONS = {"aarch64": 24, "armv7": 40, "riscv64": 24}


def convert(options, network, precision, source, packed):
    """The ops of the packed network: {kind, precision, macs, inputs, outputs, weight_bytes}."""
    layers = packed.with_suffix(".yaml")
    layers.write_text('layers: {"*": w8a16}\n')
    how = ["--layers", layers] if precision == "w8a16" else ["--precision", precision]
    made = run([options.build / "host/converter/tinamix", "convert", options.data / f"models/{network}.onnx", "-o", packed,
                "--data", source, "--samples", 4, "--repair", "none", "--calibration-method", "minmax", "--config",
                ROOT / f"tests/networks/{network}.yaml", "--target", "t527,a53,v853,k1", *how, "--layer-costs", "--json"])
    return json.loads(made.stdout)["predicted"]["layers"]


def counted(options, plugin, board, network, packed, ops):
    """Instructions of a whole inference and of each op, on a real input, as some depend a little on the data."""
    preset, emulator, clock = BOARDS[board]
    result = run(["env", "-i", "TMX_MARK=1", shutil.which(emulator[0]), *emulator[1:], "-plugin", f"{plugin},calls={clock}",
                  options.build / preset / "runtime/tmx", "bench", packed, "--runs", "1", "--warmup", "0", "--profile",
                  "--input", options.data / f"golden/{network}/0/in_0.npy"])
    lines = re.findall(r"^count (call|\d+) (\d+)$", result.stderr, re.M)
    whole = next(int(count) for tag, count in lines if tag == "2")
    last = [i for i, (tag, _) in enumerate(lines) if tag == "2"][-1]
    first = max(i for i, (tag, _) in enumerate(lines[:last]) if tag == "1")
    calls = [int(count) for tag, count in lines[first + 1:last] if tag == "call"]
    if len(calls) != 3 * ops:  # before the op, behind it, and in the observer
        sys.exit(f"{packed.name} on {board}: {len(calls)} readings of the clock for {ops} ops; does QEMU provide a vDSO?")
    return whole, [max(0, calls[3 * i + 1] - CLOCK_INSTRUCTIONS[preset]) for i in range(ops)]


def measure(options, counts):
    """Fills in {"network precision": {"ops": [...], "boards": {board: {"whole": n, "ops": [n...]}}}}."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        plugin = build_counter(work)
        missing = [n for n in options.networks if NETWORKS[n].startswith("unpacked/")]
        if missing:
            run([sys.executable, ROOT / "scripts/unpack_test_data.py", "--data", options.data, work / "unpacked", *missing])
        for network in options.networks:
            source = NETWORKS[network]
            source = work / source if source.startswith("unpacked/") else options.data / source
            for precision in options.precisions:
                entry = counts.setdefault(f"{network} {precision}", {"ops": [], "boards": {}})
                wanted = [board for board in options.boards if board not in entry["boards"]]
                if not wanted:
                    continue
                packed = work / "net.tmx"
                entry["ops"] = convert(options, network, precision, source, packed)
                for op in entry["ops"]:
                    for key in ("name", "ms", "instructions"):
                        op.pop(key)
                for board in wanted:
                    whole, ops = counted(options, plugin, board, network, packed, len(entry["ops"]))
                    entry["boards"][board] = {"whole": whole, "ops": ops}
                if options.counts:
                    options.counts.write_text(json.dumps(counts))
                print(f"{network} {precision} counted", file=sys.stderr, flush=True)


def read_table(board):
    """{kind: {precision: {rate: number}}} of boards/BOARD/cost.yaml, which has a line for each kind and precision."""
    table, kind = {}, None
    for line in (ROOT / f"boards/{board}/cost.yaml").read_text().splitlines():
        if re.match(r"  \w+:$", line):
            kind = line.strip(" :")
        elif row := re.match(r"    (\w+): {(.*)}$", line):
            rates = dict(pair.split(":") for pair in row[2].split(","))
            table.setdefault(kind, {})[row[1]] = {name.strip(): float(rate) for name, rate in rates.items()}
    return table


def write_table(board, table):
    path = ROOT / f"boards/{board}/cost.yaml"
    head = path.read_text().split("instructions:\n")[0]
    fields = head[head.index("board:"):]
    text = ('# Cost table (docs/quantization.md, "Cost tables"), made by bench/cost_tables.py --fit from instructions counted '
            "under\n# QEMU, op by op, of the networks named there; kinds that none of them has are estimates from the "
            "kernels' loops.\n" + fields + "instructions:\n")
    for kind, precisions in table.items():
        text += f"  {kind}:\n"
        for precision, rates in precisions.items():
            text += f"    {precision}: {{" + ", ".join(f"{name}: {rate:.4g}" for name, rate in rates.items()) + "}\n"
    path.write_text(text)


def plain(kind):
    return kind.removesuffix("_wide").removesuffix("_long")


def worked(op, lanes):
    """What each rate is multiplied by, where output channels are computed in blocks of `lanes`."""
    work = {rate: op[key] for rate, key in WORK.items()}
    if op["visits"]:
        channels = op["macs"] // op["visits"]
        work["mac"] = op["visits"] * -(-channels // lanes) * lanes
    return work


def predicted(table, op):
    kind = table.get(op["kind"]) or table.get(plain(op["kind"]), {})
    rates = kind[op["precision"]] if op["precision"] in kind else table["other"][op["precision"]]
    work = worked(op, rates.get("lanes", 1))
    return rates.get("op", 0) + sum(rates.get(rate, 0) * work[rate] for rate in WORK)


def non_negative_least_squares(a, b):
    """x >= 0 with the least |a x - b| (C. L. Lawson, R. J. Hanson, 1974)."""
    x, free = numpy.zeros(a.shape[1]), numpy.zeros(a.shape[1], bool)
    for _ in range(100):
        gradient = a.T @ (b - a @ x)
        if free.all() or gradient[~free].max() <= 1e-12 * numpy.abs(a.T @ b).max():
            break
        free[numpy.flatnonzero(~free)[gradient[~free].argmax()]] = True
        while True:
            y = numpy.zeros_like(x)
            y[free] = numpy.linalg.lstsq(a[:, free], b, rcond=None)[0]
            if not (y[free] <= 0).any():
                break
            low = free & (y <= 0)
            step = (x[low] / numpy.maximum(x[low] - y[low], 1e-300)).min()
            x += step * (y - x)
            free &= x > 1e-15
        x = y
    return x


def fit(counts, board):
    """The table of the board with the rates of everything that was counted. Networks that come out badly get more weight,
    again and again; the table with the smallest largest deviation stays."""
    importance = {name: 1.0 for name, entry in counts.items() if board in entry["boards"]}
    best, least = None, numpy.inf
    for _ in range(ROUNDS):
        table = fit_once(counts, board, importance)
        worst = 0
        for name in importance:
            of = counts[name]["boards"][board]
            deviation = abs(sum(predicted(table, op) for op in counts[name]["ops"]) / of["whole"] - 1)
            # What no weight can mend shall not spoil the rest.
            worst = max(worst, deviation if importance[name] < MOST_IMPORTANCE else 0)
            importance[name] = min(importance[name] * (1 + 10 * max(0, deviation - 0.05)), MOST_IMPORTANCE)
        if worst < least:
            best, least = table, worst
    return best


def fit_once(counts, board, importance):
    found = {}
    for name, weight in importance.items():
        of = counts[name]["boards"][board]
        for op, count in zip(counts[name]["ops"], of["ops"]):
            found.setdefault((op["kind"], op["precision"]), []).append((op, count, of["whole"] / weight))
    table = read_table(board)
    for (kind, precision), rows in sorted(found.items()):
        works = [rate for rate in WORK if any(op[WORK[rate]] for op, _, _ in rows)]
        if rows[0][0]["macs"]:
            works = [rate for rate in works if rate not in ("input", "weight")]  # they follow from the others
        b = numpy.array([float(count) for _, count, _ in rows])
        # An op matters by its share of its network, and a little by itself.
        weight = numpy.array([1 / whole + 0.02 / max(count, 1) for _, count, whole in rows])
        if len(rows) < FEWEST_ROWS and precision in table.get(plain(kind), {}):
            # Too few to tell the rates apart: those there were, by one factor.
            guess = numpy.array([predicted(table, op) for op, _, _ in rows])
            factor = (guess * b * weight**2).sum() / ((guess * weight) ** 2).sum()
            rates = table.get(kind, table.get(plain(kind)))[precision]
            table.setdefault(kind, {})[precision] = {name: rate if name == "lanes" else rate * factor
                                                         for name, rate in rates.items()}
            continue
        best = None
        for lanes in LANES if any(op["visits"] for op, _, _ in rows) else LANES[:1]:
            a = numpy.array([[1.0] + [float(worked(op, lanes)[rate]) for rate in works] for op, _, _ in rows])
            scale = numpy.abs(a * weight[:, None]).max(axis=0)
            rates = non_negative_least_squares(a * weight[:, None] / scale, b * weight) / scale
            error = (((a @ rates - b) * weight) ** 2).sum()
            if best is None or error < 0.98 * best[0]:
                best = error, lanes, rates
        _, lanes, rates = best
        named = {name: rate for name, rate in zip(["op", *works], rates) if rate > 0 or name == "op"}
        table.setdefault(kind, {})[precision] = named if lanes == 1 else {**named, "lanes": lanes}
    for kind, precisions in table.items():
        for precision in PRECISIONS.values():  # tables name all four
            alike = table.get(plain(kind), table["other"])
            precisions.setdefault(precision, alike.get(precision, table["other"][precision]))
        table[kind] = {precision: precisions[precision] for precision in PRECISIONS.values()}
    return table


def show(options, counts, tables):
    """Markdown; returns the largest deviation."""
    print("| network | precision | " + " | ".join(f"{board}: counted, predicted" for board in options.boards) + " |")
    print("|---" * (2 + len(options.boards)) + "|")
    worst = 0
    for network in options.networks:
        for precision in options.precisions:
            entry, cells = counts[f"{network} {precision}"], []
            for board in options.boards:
                whole = entry["boards"][board]["whole"]
                guess = sum(predicted(tables[board], op) for op in entry["ops"])
                deviation = guess / whole - 1
                worst = max(worst, abs(deviation))
                cells.append(f"{whole / 1e6:.2f} M, {100 * deviation:+.1f} %")
            print(f"| {network} | {precision} | " + " | ".join(cells) + " |")
    print(f"\nlargest deviation: {100 * worst:.1f} %")
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    listed = lambda known: lambda text: [name for name in text.split(",") if name in known or parser.error(
        f"unknown name {name} (known are {', '.join(known)})")]
    parser.add_argument("--boards", type=listed(BOARDS), default=["t527", "v853", "k1"])
    parser.add_argument("--networks", type=listed(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--precisions", type=listed(PRECISIONS), default=list(PRECISIONS))
    parser.add_argument("--fit", action="store_true", help="write boards/*/cost.yaml")
    parser.add_argument("--counts", type=pathlib.Path, help="JSON file of counts")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--data", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("TINAMIX_DATA", ROOT.parent / "shared/data")))
    options = parser.parse_args()
    programs = [options.build / "host/converter/tinamix"]
    programs += [options.build / BOARDS[board][0] / "runtime/tmx" for board in options.boards]
    problems = [f"{program} is missing: build its preset" for program in programs if not program.exists()]
    problems += [f"{BOARDS[b][1][0]} is missing: apt-get install qemu-user" for b in options.boards
                 if shutil.which(BOARDS[b][1][0]) is None]
    if not options.data.exists():
        problems.append(f"{options.data} is missing: give the test data with --data")
    if problems:
        sys.exit("\n".join(dict.fromkeys(problems)))
    counts = json.loads(options.counts.read_text()) if options.counts and options.counts.exists() else {}
    measure(options, counts)
    tables = {board: fit(counts, board) if options.fit else read_table(board) for board in options.boards}
    if options.fit:
        for board, table in tables.items():
            write_table(board, table)
    sys.exit(0 if show(options, counts, tables) <= 0.1 else 1)


if __name__ == "__main__":
    main()
