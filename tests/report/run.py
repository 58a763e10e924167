#!/usr/bin/env python3
"""Converts the demo network with --report in every way and opens the pages in headless Chromium (page_check.py).

    tests/report/run.py [--shots FOLDER]

Exit status 77 and a reason where there is no Chromium. With the test data (TINAMIX_DATA, default ../shared/data) also a
network with states and one that is classified from pictures.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TINAMIX = ROOT / "build/host/converter/tinamix"
DEMO = [ROOT / "demo/digits.onnx", "--config", ROOT / "demo/convert.yaml"]
DATA = pathlib.Path(os.environ.get("TINAMIX_DATA", ROOT.parent / "shared/data"))

REPORTS = {
    "int8": [*DEMO],
    "int16": [*DEMO, "--precision", "int16"],
    "listed": [*DEMO, "--layers", ROOT / "demo/mixed.yaml"],
    "mixed": [*DEMO, "--precision", "mixed", "--target-cosine", "0.9999"],
    "snr": [*DEMO, "--precision", "mixed", "--metric", "snr", "--max-drop", "0.0001"],
    "float": [*DEMO, "--precision", "float"],
}


def real_networks(work):
    """Names of outputs that are long, layers that are many, and states."""
    if not DATA.exists():
        print(f"the test data ({DATA}) are absent: only the demo network")
        return {}
    unpack = [sys.executable, ROOT / "scripts/unpack_test_data.py", "--data", DATA, work / "unpacked", "dtln_1"]
    subprocess.run(unpack, check=True, capture_output=True)
    return {
        "states": [DATA / "models/dtln_1.onnx", "--config", ROOT / "tests/networks/dtln_1.yaml", "--data",
                   work / "unpacked/dtln_1_calibration.npy", "--samples", "40", "--state",
                   "tf_op_layer_stack_2=input_3", "--precision", "int16"],
        "pictures": [DATA / "models/mobilenetv1_025.onnx", "--config", ROOT / "tests/networks/mobilenetv1_025.yaml",
                     "--data", DATA / "images/imagenet500", "--samples", "12", "--report-samples", "8"],
    }


def main():
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        reports = {**REPORTS, **real_networks(work)}
        for name, options in reports.items():
            command = [TINAMIX, "convert", *options, "-o", work / f"{name}.tmx", "--report", work / name]
            result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            if result.returncode != 0:
                sys.exit(f"{' '.join(map(str, command))}\n{result.stderr}")
        check = [sys.executable, HERE / "page_check.py", *sys.argv[1:], *(work / name for name in reports)]
        sys.exit(subprocess.run(check).returncode)


main()
