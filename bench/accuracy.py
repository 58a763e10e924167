#!/usr/bin/env python3
"""Makes the table of docs/accuracy.md: how close converted networks are to float, on data that calibration has not seen.

For each network and precision: `tinamix convert` with 100 calibration samples (or what there is), then `tinamix eval
--task fidelity` (mean cosine of the output and top-1 agreement with float) on all other samples, and `--task detect` for
detectors (COCO average precision). Also the wall time of the whole convert process and its peak memory. Standard library
only.

  bench/accuracy.py                                       int8, all networks
  bench/accuracy.py --precisions int8,int16,mixed --networks mobilenetv2,resnet8
  bench/accuracy.py --precisions int8 -- --repair none    what follows -- goes to every convert
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

# name: (calibration data, samples of it, data to judge on, or None where the rest of the calibration data serves).
# "unpacked/" is what scripts/unpack_test_data.py writes.
NETWORKS = {
    "mobilenetv2": ("images/imagenet500", 100, None),
    "squeezenet1.1": ("images/imagenet500", 100, None),
    "mobilenetv1_025": ("images/imagenet500", 100, None),
    "mobilefacenet": ("images/faces112", 32, None),
    "resnet8": ("unpacked/resnet8_calibration.npy", 100, "unpacked/resnet8_test.npy"),
    "cifar10_resnet": ("unpacked/cifar10_resnet_calibration.npy", 100, "unpacked/cifar10_resnet_test.npy"),
    "cifar10_vit": ("unpacked/cifar10_vit_calibration.npy", 100, "unpacked/cifar10_vit_test.npy"),
    "dscnn_kws": ("unpacked/dscnn_kws_test.npy", 100, None),
    "yolov5n": ("images/coco_calibration", 64, "images/coco_val64"),
    "nanodet_m": ("images/coco_calibration", 64, "images/coco_val64"),
}
DETECTORS = {"yolov5n": "images/coco_val64/labels", "nanodet_m": "images/coco_val64/labels"}
# Shapes of inputs that a network leaves open.
SHAPES = {"cifar10_vit": ["--shape", "input=1x3x32x32"]}
# Least mean cosine and top-1 agreement in percent (None: not judged) by precision.
TARGETS = {
    "int8": {
        "mobilenetv2": (0.993, 96), "mobilefacenet": (0.9965, None), "squeezenet1.1": (0.99985, 96.5),
        "resnet8": (0.9987, 98), "dscnn_kws": (0.9995, 99.4), "cifar10_vit": (0.9985, 96.5),
    },
    "mixed": {
        "mobilenetv2": (0.998, 97.5), "mobilefacenet": (0.9993, None), "squeezenet1.1": (0.9999, 98),
        "resnet8": (0.9995, 98.7), "dscnn_kws": (0.9999, 99.6), "cifar10_vit": (0.9997, 99),
    },
}


class Measured:
    """One finished process: its output, wall seconds and peak memory."""

    def __init__(self, command):
        start = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds = time.monotonic() - start
            self.processor_seconds = usage.ru_utime + usage.ru_stime
            self.megabytes = usage.ru_maxrss / 1024
            out.seek(0)
            err.seek(0)
            self.text = out.read().decode()
            message = err.read().decode()
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{self.text}{message}")


class Bench:
    def __init__(self, arguments, work):
        self.program = pathlib.Path(arguments.build) / "host/converter/tinamix"
        self.data = pathlib.Path(arguments.data)
        self.threads = arguments.threads
        self.options = arguments.options
        self.work = work

    def path(self, source):
        return self.work / source if source.startswith("unpacked/") else self.data / source

    def common(self, name):
        return ["--config", ROOT / f"tests/networks/{name}.yaml", "--threads", self.threads, *SHAPES.get(name, [])]

    def evaluate(self, name, model, *options):
        return json.loads(Measured([self.program, "eval", model, *options, "--config",
                                    ROOT / f"tests/networks/{name}.yaml", "--threads", self.threads, "--json"]).text)

    def row(self, name, precision):
        source, samples, judged = NETWORKS[name]
        reference, model = self.data / f"models/{name}.onnx", self.work / f"{name}.{precision}.tmx"
        converted = Measured([self.program, "convert", reference, "-o", model, "--data", self.path(source), "--samples",
                              samples, "--precision", precision, "--json", *self.common(name), *self.options])
        summary = json.loads(converted.text)
        data = [self.path(judged)] if judged else [self.path(source), "--leave-out", samples]
        report = self.evaluate(name, model, "--task", "fidelity", "--reference", reference, "--data", *data,
                               *SHAPES.get(name, []))
        # Of several outputs the one that is furthest from float.
        output = min(report["outputs"], key=lambda one: one["mean_cosine"])
        row = {"network": name, "precision": precision, "samples": report["samples"], "cosine": output["mean_cosine"],
               "top1_agreement": output["top1_agreement_percent"], "seconds": converted.seconds,
               "processor_seconds": converted.processor_seconds, "megabytes": converted.megabytes,
               "repair": summary.get("repair", {}).get("made", "")}
        if name in DETECTORS:
            row["ap"], row["float_ap"] = (
                100 * self.evaluate(name, file, "--task", "detect", "--data", self.path(judged), "--labels",
                                    self.data / DETECTORS[name])["ap"] for file in (model, reference))
        return row


def verdict(row):
    cosine, agreement = TARGETS.get(row["precision"], {}).get(row["network"], (None, None))
    if cosine is None:
        return ""
    met = row["cosine"] >= cosine and (agreement is None or row["top1_agreement"] >= agreement)
    wanted = f"{cosine}" + (f", {agreement} %" if agreement else "")
    return f"{wanted}: {'met' if met else 'MISSED'}"


def line(row):
    ap = f"{row['ap']:.2f} (float {row['float_ap']:.2f})" if "ap" in row else ""
    return (f"| {row['network']} | {row['precision']} | {row['samples']} | {row['cosine']:.6f} | "
            f"{row['top1_agreement']:.2f} % | {verdict(row)} | {ap} | {row['seconds']:.1f} s | "
            f"{row['processor_seconds']:.1f} s | {row['megabytes']:.0f} MB | {row['repair']} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default="", help="a comma-separated list (default: all)")
    parser.add_argument("--precisions", default="int8", help="int8, int16, mixed, ... (default int8)")
    parser.add_argument("--build", default=ROOT / "build", help="build folder (default build)")
    parser.add_argument("--data", default=os.environ.get("TINAMIX_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--threads", default="2")
    parser.add_argument("--json", action="store_true", help="JSON instead of Markdown")
    arguments, arguments.options = parser.parse_known_args()
    arguments.options = [option for option in arguments.options if option != "--"]
    names = arguments.networks.split(",") if arguments.networks else list(NETWORKS)
    for name in names:
        if name not in NETWORKS:
            sys.exit(f"accuracy.py: unknown network {name}; known: {', '.join(NETWORKS)}")
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(arguments, pathlib.Path(work))
        unpacked = [name for name in names if NETWORKS[name][0].startswith("unpacked/")]
        if unpacked:
            Measured([sys.executable, ROOT / "scripts/unpack_test_data.py", "--data", bench.data,
                      bench.work / "unpacked", *unpacked])
        rows = []
        if not arguments.json:
            print("| network | precision | judged on | mean cosine | top-1 agreement | target | AP 0.5:0.95 | convert | "
                  "processor time | peak memory | repairs |\n|---|---|---|---|---|---|---|---|---|---|---|")
        for name in names:
            for precision in arguments.precisions.split(","):
                rows.append(bench.row(name, precision))
                if not arguments.json:
                    print(line(rows[-1]), flush=True)
        if arguments.json:
            print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
