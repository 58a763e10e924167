#!/usr/bin/python3
"""A network on this host, one thread: our int8 simulation, the same network in float32 through our executor (XNNPACK), and
both in ONNX Runtime (npm's onnxruntime-node; int8 as QDQ with uint8 activations, its fastest form).

All four take turns for some rounds, so that other programs disturb them alike. Prints the least and the median of all
inferences with the ratios, and writes them with the versions of everything as JSON.

  bench/networks_on_host.py                                 MobileNetV2, into bench/results/networks_host.json
  bench/networks_on_host.py --network other.onnx --data pictures/ --config other.yaml
  bench/networks_on_host.py --threads 2

Needs the preset bench (targets tinamix_program, network_on_host) and python3-numpy, python3-onnx. ONNX Runtime is
installed below build/bench with npm; where that is not possible, its columns are missing, and that is said."""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/bench"
MODULES = BUILD / "onnxruntime/node_modules"


def run(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def onnxruntime_version():
    """Of the installed package, which is fetched if need be; None, with the reason on stderr, without it."""
    package = MODULES / "onnxruntime-node/package.json"
    if not package.exists():
        if shutil.which("npm") is None or shutil.which("node") is None:
            print("no comparison with ONNX Runtime: node or npm is missing (apt-get install nodejs npm)", file=sys.stderr)
            return None
        result = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix",
                                 str(MODULES.parent), "onnxruntime-node"], capture_output=True, text=True)
        if result.returncode != 0 or not package.exists():
            print(f"no comparison with ONNX Runtime: npm cannot install onnxruntime-node:\n{result.stderr}", file=sys.stderr)
            return None
    return json.loads(package.read_text())["version"]


def interface(network):
    """Name and shape of the only input."""
    import onnx
    model = onnx.load(str(network), load_external_data=False)
    constants = {i.name for i in model.graph.initializer}
    inputs = [i for i in model.graph.input if i.name not in constants]
    shape = [d.dim_value for d in inputs[0].type.tensor_type.shape.dim]
    if len(inputs) != 1 or min(shape) < 1:
        sys.exit(f"{network}: one input of fixed shape is needed")
    return inputs[0].name, "x".join(map(str, shape))


def onnxruntime_ms(model, name, shape, arguments):
    return json.loads(run(["node", ROOT / "bench/onnxruntime_times.js", MODULES, model, name, shape, arguments.runs,
                           arguments.threads]))["ms"]


def processor():
    found = re.search(r"model name\s*: (.+)", pathlib.Path("/proc/cpuinfo").read_text())
    return found[1] if found else "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = pathlib.Path(os.environ.get("TINAMIX_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--network", type=pathlib.Path, default=data / "models/mobilenetv2.onnx")
    parser.add_argument("--data", type=pathlib.Path, default=data / "images/imagenet500", help="calibration data")
    parser.add_argument("--config", type=pathlib.Path, default=ROOT / "tests/networks/mobilenetv2.yaml")
    parser.add_argument("--samples", type=int, default=20, help="of the calibration data")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--runs", type=int, default=40, help="inferences per round")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path, default=None,
                        help="where to write (default: bench/results/networks_host.json for the default network)")
    arguments = parser.parse_args()
    try:
        import onnx
        from qdq_model import write_qdq_model
    except ImportError as error:
        sys.exit(f"{error}: apt-get install python3-numpy python3-onnx")
    tinamix, ours = BUILD / "converter/tinamix", BUILD / "bench/network_on_host"
    for program in (tinamix, ours):
        if not program.exists():
            sys.exit(f"{program} is missing: cmake --preset bench && cmake --build --preset bench --target "
                     "tinamix_program network_on_host")
    if arguments.json is None and arguments.network == parser.get_default("network") and arguments.threads == 1:
        arguments.json = ROOT / "bench/results/networks_host.json"
    version = onnxruntime_version()
    name, shape = interface(arguments.network)
    times = {"simulation int8": [], "executor float": []}
    if version:
        times.update({"ONNX Runtime int8": [], "ONNX Runtime float": []})
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        run([tinamix, "calibrate", arguments.network, "--data", arguments.data, "--samples", arguments.samples, "--config",
             arguments.config, "-o", work / "ranges.yaml"])
        run([tinamix, "convert", arguments.network, "--ranges", work / "ranges.yaml", "--config", arguments.config,
             "-o", work / "int8.tmx"])
        if version:
            write_qdq_model(str(arguments.network), work / "ranges.yaml", str(work / "qdq.onnx"))
        for _ in range(arguments.rounds):
            found = json.loads(run([ours, arguments.network, work / "int8.tmx", arguments.runs, arguments.threads]))
            times["simulation int8"] += found["simulation_ms"]
            times["executor float"] += found["float_ms"]
            if version:
                times["ONNX Runtime int8"] += onnxruntime_ms(work / "qdq.onnx", name, shape, arguments)
                times["ONNX Runtime float"] += onnxruntime_ms(arguments.network, name, shape, arguments)
    result = {
        "what": f"{arguments.network.name}, {arguments.threads} thread(s), milliseconds per inference",
        "processor": processor(),
        "kernels": found["kernels"],
        "versions": {"commit": first_line(["git", "-C", str(ROOT), "rev-parse", "HEAD"]),
                     "date": first_line(["date", "-u", "+%Y-%m-%d"]), "onnxruntime-node": version or "not installed",
                     "node": first_line(["node", "--version"]) if version else "unknown",
                     "XNNPACK": first_line(["dpkg-query", "-W", "-f", "${Version}\n", "libxnnpack-dev"])},
        "inferences": arguments.rounds * arguments.runs,
        "ms": {who: {"least": round(min(ms), 3), "median": round(statistics.median(ms), 3)} for who, ms in times.items()},
    }
    base = result["ms"]["simulation int8"]
    print(f"{result['what']}, {result['processor']}, kernels {result['kernels']}, ONNX Runtime {version}")
    print(f"{'':20} {'least':>8} {'median':>8}   of the simulation's")
    for who, ms in result["ms"].items():
        ms["of_simulation"] = [round(ms[which] / base[which], 2) for which in ("least", "median")]
        print(f"{who:20} {ms['least']:8.3f} {ms['median']:8.3f}   {ms['of_simulation'][0]:.2f} {ms['of_simulation'][1]:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
