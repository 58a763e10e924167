#!/usr/bin/env python3
"""Instructions per inference on the four boards' processors: whole models, and the layers that kernels are compared by.

Counts guest instructions under QEMU with count_instructions.c (built here), one thread, between the marks that tmx makes
around an inference. cortex-a76 stands for the Cortex-A55: dot product, no more. Prints a table and writes it with the
versions of everything as JSON. Standard library only.

  bench/instructions.py                                      everything, into bench/results/instructions.json
  bench/instructions.py --models mobilenetv2 --boards a53    one model on one processor, printed only
  bench/instructions.py --layers compared                    layers of bench/layer_shapes.h whose name contains this

Needs the presets host, aarch64, armv7 and riscv64 built (targets tinamix_program, tmx, test_kernels), qemu-user and a C
compiler; says what is missing. Models come from the test data (--data, default ../shared/data)."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RISCV = "rv64,v=true,vlen=256,elen=64,vext_spec=v1.0"
# name: (what it stands for, preset, emulator, target of the converter)
BOARDS = {
    "t527": ("Cortex-A55 (dot product)", "aarch64", ["qemu-aarch64", "-cpu", "cortex-a76"]),
    "a53": ("Cortex-A53", "aarch64", ["qemu-aarch64", "-cpu", "cortex-a53"]),
    "v853": ("Cortex-A7", "armv7", ["qemu-arm", "-cpu", "cortex-a7"]),
    "k1": ("RISC-V vectors, VLEN 256", "riscv64", ["qemu-riscv64", "-cpu", RISCV]),
}
# name: (calibration data below the data folder, or "unpacked": what scripts/unpack_test_data.py makes of it; samples;
# more options of the converter)
MODELS = {
    "mobilenetv2": ("images/imagenet500", 8, []),
    "mobilefacenet": ("images/faces112", 8, []),
    "mobilenetv1_025": ("images/imagenet500", 8, []),
    "vww96": ("images/coco_calibration", 8, []),
    "yolov5n": ("images/coco_calibration", 4, []),
    "cifar10_vit": ("unpacked", 50, []),
    "dtln_1": ("unpacked", 50, ["--state", "tf_op_layer_stack_2=input_3"]),
    "silero_vad": ("unpacked", 50, ["--state", "stateN=state"]),
}
DEFAULT_MODELS = ["mobilenetv2", "mobilefacenet", "mobilenetv1_025", "vww96", "cifar10_vit", "dtln_1", "silero_vad"]
# What others need, millions: ONNX Runtime with its XNNPACK provider where that is faster; XNNPACK's qc8 operators.
PEERS = {
    "t527": {"mobilenetv2": 50.1, "1x1": 2.82, "3x3": 9.92, "depthwise": 2.40},
    "a53": {"mobilenetv2": 129, "1x1": 7.83, "3x3": 30.0, "depthwise": 2.40},
    "v853": {"mobilenetv2": 155, "1x1": 10.2, "3x3": 43.1, "depthwise": 4.30},
    "k1": {"mobilenetv2": 1743, "1x1": 83, "3x3": 354, "depthwise": 30},
}


def run(command, **options):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def build_counter(folder):
    plugin = folder / "count_instructions.so"
    run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", ROOT / "bench/count_instructions.c", "-o", plugin])
    return plugin


def missing(boards, models):
    wanted = {ROOT / "build/host/converter/tinamix": "cmake --preset host && cmake --build --preset host --target tinamix_program"}
    if not models:
        wanted = {}
    problems = [f"{path} is missing: {how}" for path, how in wanted.items() if not path.exists()]
    for board in boards:
        _, preset, emulator = BOARDS[board]
        if shutil.which(emulator[0]) is None:
            problems.append(f"{emulator[0]} is missing: apt-get install qemu-user")
        for program in ("runtime/tmx", "tests/kernels/test_kernels"):
            if not (ROOT / "build" / preset / program).exists():
                target = program.split("/")[-1]
                problems.append(f"build/{preset}/{program} is missing: cmake --preset {preset} && "
                                f"cmake --build --preset {preset} --target {target}")
    if shutil.which(os.environ.get("CC", "cc")) is None:
        problems.append("a C compiler is missing: apt-get install gcc")
    return list(dict.fromkeys(problems))


def calibration(model, data, work):
    """The file or folder of a model's samples; unpacked where that is needed."""
    source = MODELS[model][0]
    if source != "unpacked":
        return data / source
    unpacked = work / f"{model}_calibration.npy"
    if not unpacked.exists():
        run([sys.executable, ROOT / "scripts/unpack_test_data.py", "--data", data, work, model])
    return unpacked


def inference(plugin, board, model):
    """Instructions of the first inference."""
    _, preset, emulator = BOARDS[board]
    result = run(["env", "-i", "TMX_MARK=1", shutil.which(emulator[0]), *emulator[1:], "-plugin", plugin,
                  ROOT / "build" / preset / "runtime/tmx", "bench", model, "--runs", "1", "--warmup", "0"])
    return int(re.search(r"^count 2 (\d+)$", result.stderr, re.M).group(1))


def layers(plugin, board, part, folder):
    """{(layer, precision): (instructions, MACs, kernel)} of the harness's own table."""
    _, preset, emulator = BOARDS[board]
    answer = folder / f"answer-{board}"
    answer.write_bytes(b"")
    result = run(["env", "-i", f"TMX_COUNTER={answer}", shutil.which(emulator[0]), *emulator[1:],
                  "-plugin", f"{plugin},answer={answer}",
                  ROOT / "build" / preset / "tests/kernels/test_kernels", "--bench", part])
    found = {}
    for line in result.stdout.splitlines():
        row = re.match(r"(.+?) +(w8a8|w8a16|w16a16) +(\d+) +(\d+) +[\d.]+ +(\S+)$", line)
        if row:
            found[row[1].strip(), row[2]] = (int(row[4]), int(row[3]), row[5])
    return found


def versions(boards):
    result = {
        "commit": first_line(["git", "-C", str(ROOT), "rev-parse", "HEAD"]),
        "changed_since": bool(subprocess.run(["git", "-C", str(ROOT), "status", "--porcelain", "-uno"], capture_output=True,
                                             text=True).stdout.strip()),
        "date": first_line(["date", "-u", "+%Y-%m-%d"]),
    }
    for board in boards:
        _, preset, emulator = BOARDS[board]
        result[emulator[0]] = first_line([emulator[0], "--version"])
        cache = (ROOT / "build" / preset / "CMakeCache.txt").read_text()
        compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", cache, re.M)
        if compiler is None:
            compiler = re.search(r'^set\(CMAKE_CXX_COMPILER "(.+)"\)$', "\n".join(
                f.read_text() for f in (ROOT / "build" / preset / "CMakeFiles").glob("*/CMakeCXXCompiler.cmake")), re.M)
        result[f"compiler for {preset}"] = first_line([compiler[1], "--version"]) if compiler else "unknown"
    return result


def short(layer):
    kind = re.search(r"(1x1|3x3 depthwise|3x3)", layer)
    return kind[1].replace("3x3 depthwise", "depthwise") if kind else layer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boards", default=",".join(BOARDS), help="comma-separated: " + ", ".join(BOARDS))
    parser.add_argument("--models", default=None, help="comma-separated: " + ", ".join(MODELS) + "; empty: none")
    parser.add_argument("--precisions", default="int8,int16")
    parser.add_argument("--layers", default="compared", help="part of a layer's name; empty: none")
    parser.add_argument("--data", default=str(ROOT / "../shared/data"))
    parser.add_argument("--json", default=None, help="where to write (default: bench/results/instructions.json, when "
                        "everything is counted)")
    arguments = parser.parse_args()
    boards = [b for b in arguments.boards.split(",") if b]
    models = DEFAULT_MODELS if arguments.models is None else [m for m in arguments.models.split(",") if m]
    for name, known in [(b, BOARDS) for b in boards] + [(m, MODELS) for m in models]:
        if name not in known:
            parser.error(f"unknown name {name} (known are {', '.join(known)})")
    data = pathlib.Path(arguments.data)
    problems = missing(boards, models)
    if models and not data.exists():
        problems.append(f"{data} is missing: give the test data with --data, or count layers only with --models ''")
    if problems:
        sys.exit("\n".join(problems))
    report = {"what": "guest instructions, one thread", "versions": versions(boards), "models": [], "layers": []}
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        plugin = build_counter(work)
        for board in boards:
            if arguments.layers:
                for (layer, precision), (count, macs, kernel) in layers(plugin, board, arguments.layers, work).items():
                    peer = PEERS[board].get(short(layer)) if precision == "w8a8" and layer.startswith("compared") else None
                    report["layers"].append({"board": board, "layer": layer, "precision": precision, "instructions": count,
                                             "macs": macs, "kernel": kernel, "peer_millions": peer})
                    print(f"{board:6} {layer:44} {precision:7} {count / 1e6:9.2f} M  {count / macs:7.4f} per MAC"
                          + (f"  XNNPACK {peer:g} M" if peer else ""), flush=True)
            for model in models:
                _, samples, options = MODELS[model]
                for precision in arguments.precisions.split(","):
                    packed = work / f"{model}.{precision}.{board}.tmx"
                    run([ROOT / "build/host/converter/tinamix", "convert", data / f"models/{model}.onnx", "--data",
                         calibration(model, data, work), "--samples", samples, "--config",
                         ROOT / f"tests/networks/{model}.yaml", "--precision", precision, "--target", board, "-o",
                         packed, *options])
                    count = inference(plugin, board, packed)
                    peer = PEERS[board].get(model) if precision == "int8" else None
                    report["models"].append({"board": board, "model": model, "precision": precision,
                                             "instructions": count, "peer_millions": peer})
                    print(f"{board:6} {model:44} {precision:7} {count / 1e6:9.2f} M"
                          + (f"  best peer {peer:g} M" if peer else ""), flush=True)
    complete = arguments.models is None and boards == list(BOARDS) and arguments.layers == "compared"
    target = arguments.json or (str(ROOT / "bench/results/instructions.json") if complete else None)
    if target:
        pathlib.Path(target).write_text(json.dumps(report, indent=1) + "\n")
        print(f"written to {target}")


if __name__ == "__main__":
    main()
