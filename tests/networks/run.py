#!/usr/bin/env python3
"""Real networks through the whole path: convert, compare with golden outputs, and check every tensor on every processor.

For each network and precision: `tinamix convert` with the network's own calibration data, output similarity against the
float outputs in golden/ (networks with states: against float over a sequence of frames), arena against its lower bound,
and `tmx check` (every tensor byte-identical to the host simulation) under QEMU with one and two threads, with the kernels
of each processor (stress: with the reference). Standard library only. Exits 1 if anything misses its bound.

  tests/networks/run.py                            the small networks (part of ./test.sh)
  tests/networks/run.py --networks all             all of them; yolov5n and mobilenetv2 take minutes under QEMU
  tests/networks/run.py --networks mnist --isas host,riscv64-vlen256 --precisions int8
  tests/networks/run.py --networks all --isas selected
                                                   on runtimes with the ops and kernels of one model each
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# name: (calibration data, below the data folder or below the unpacked folder; samples; part of ./test.sh; least int8
# cosine or None where the figure is only reported)
NETWORKS = {
    "mnist": ("unpacked/mnist_calibration.npy", 100, True, 0.99),
    "resnet8": ("unpacked/resnet8_calibration.npy", 100, True, 0.99),
    "cifar10_resnet": ("unpacked/cifar10_resnet_calibration.npy", 100, True, 0.99),
    "dscnn_kws": ("unpacked/dscnn_kws_calibration.npy", 100, True, 0.99),
    "ad_autoencoder": ("unpacked/ad_autoencoder_calibration.npy", 4, True, 0.99),
    "vww96": ("images/coco_calibration", 100, True, 0.99),
    "mobilenetv1_025": ("images/imagenet500", 100, True, 0.99),
    "squeezenet1.1": ("images/imagenet500", 100, False, 0.99),
    "mobilefacenet": ("images/faces112", 64, False, 0.99),
    "mobilenetv2": ("images/imagenet500", 100, False, None),
    "yolov5n": ("images/coco_calibration", 64, False, None),
    "superres_x3": ("images/coco_calibration", 64, False, 0.99),
    "nanodet_m": ("images/coco_calibration", 64, False, None),
    "ultraface_rfb320": ("images/coco_calibration", 64, False, 0.99),
    "ppocr_cls": ("images/coco_calibration", 64, True, None),  # two classes, calibrated on what is no text
    "cifar10_vit": ("unpacked/cifar10_vit_calibration.npy", 200, True, None),
    "dtln_1": ("unpacked/dtln_1_calibration.npy", 400, True, 0.99),
    "silero_vad": ("unpacked/silero_vad_calibration.npy", 400, True, None),
}
# Outputs that are inputs of the next run; such a network is run on the frames of NAME_test.npy.
STATES = {"dtln_1": ["--state", "tf_op_layer_stack_2=input_3"], "silero_vad": ["--state", "stateN=state"]}
CHECKED_FRAMES = 5
PRECISIONS = ["int8", "int16", "float", "stress"]  # and mixed, where there is a NAME.mixed.yaml
LEAST_INT16_COSINE = 0.9999
# Over a hundred frames: what a state has once become wrong stays for a while.
LEAST_INT16_COSINE_OVER_FRAMES = 0.9995
# Detector outputs are judged by their columns, because pixels drown scores in one cosine: name -> (columns, least cosine
# of the mix).
COLUMNS = {"yolov5n": {"boxes": ("0..3", 0.9999), "scores": ("4..84", 0.99)}}
# Labelled pictures: name -> (samples, labels, greatest loss of top-1 in points by precision).
ACCURACY = {
    "mobilenetv2": ("images/imagenet500", "images/imagenet500/labels.tsv", {"int8": 1.5, "int16": 0.2}),
    "cifar10_vit": ("unpacked/cifar10_vit_test.npy", "unpacked/cifar10_vit_test_labels.tsv",
                    {"int16": 0.5, "mixed": 1.0}),
}
# Mixes must keep this share of the multiply-accumulates in int8.
INT8_MAC_SHARE = {"cifar10_vit": 0.8}
LARGEST_ARENA_RATIO = 1.10
# Shapes of inputs that the network leaves open.
SHAPES = {"ppocr_cls": ["--shape", "x=1x3x48x192"]}

# Packings in one file, so that each processor below finds its own.
BOARDS = "t527,a53,v853,k1"
EMULATORS = {
    "host": ("host", []),
    "selected": ("host-selected", []),
    "aarch64-a53": ("aarch64", ["qemu-aarch64", "-cpu", "cortex-a53"]),
    "aarch64-a76": ("aarch64", ["qemu-aarch64", "-cpu", "cortex-a76"]),
    "armv7": ("armv7", ["qemu-arm", "-cpu", "cortex-a7"]),
    "riscv64-vlen128": ("riscv64", ["qemu-riscv64", "-cpu", "rv64,v=true,vlen=128,elen=64,vext_spec=v1.0"]),
    "riscv64-vlen256": ("riscv64", ["qemu-riscv64", "-cpu", "rv64,v=true,vlen=256,elen=64,vext_spec=v1.0"]),
}


class Runner:
    def __init__(self, arguments, work):
        self.build = pathlib.Path(arguments.build)
        self.data = pathlib.Path(arguments.data)
        self.work = pathlib.Path(work)
        self.isas = arguments.isas
        self.failures = []
        self.float_top1 = {}

    def call(self, command, may_fail=False, cwd=None):
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=cwd)
        if result.returncode != 0 and not may_fail:
            raise RuntimeError(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
        return result

    def tinamix(self, *arguments, **options):
        return self.call([self.build / "host/converter/tinamix", *arguments], **options)

    def expect(self, holds, message):
        if not holds:
            self.failures.append(message)
            print(f"  MISSED: {message}", flush=True)

    def path(self, source):
        """Of data that is unpacked, or lies in the data folder."""
        return (self.work if source.startswith("unpacked/") else self.data) / source

    def stress_layers(self, name, model):
        """A mix that serves no purpose but to cross every border: weight layers take the four precisions in turn.
        Recurrent ones stay as they are: they lack w8a8."""
        layers = json.loads(self.tinamix("inspect", model, "--json", *SHAPES.get(name, [])).stdout)["layers"]
        weighted = [layer["name"] for layer in layers if layer["op"] in ("Conv", "Gemm", "MatMul")]
        cycle = ["w8a8", "w8a16", "f32", "w16a16"]
        path = self.work / "stress.yaml"
        escaped = [layer.translate({ord(c): "\\" + c for c in "\\*?["}) for layer in weighted]
        path.write_text("layers:\n" + "".join(
            f"  {json.dumps(layer)}: {cycle[i % 4]}\n" for i, layer in enumerate(escaped)))
        return path

    def convert(self, name, precision):
        source, samples, _, _ = NETWORKS[name]
        model = self.data / f"models/{name}.onnx"
        data = self.path(source)
        output = self.work / f"{name}.{precision}.tmx"
        options = ["--data", data, "--samples", samples, "--config", HERE / f"{name}.yaml"]
        if precision == "stress":
            options += ["--precision", "int8", "--layers", self.stress_layers(name, model)]
        elif precision == "mixed":
            options += ["--precision", "int8", "--layers", HERE / f"{name}.mixed.yaml"]
        elif precision == "float":
            options = ["--precision", "float"]
        else:
            options += ["--precision", precision]
        if precision != "stress":  # that one stays generic: the boards run the reference kernels
            options += ["--target", BOARDS]
        self.tinamix("convert", model, "-o", output, *options, *SHAPES.get(name, []), *STATES.get(name, []))
        return output

    def golden_samples(self, name):
        folder = self.data / "golden" / name
        return sorted((f for f in folder.iterdir() if f.is_dir()), key=lambda f: int(f.name))

    def similarity_over_frames(self, name, model):
        """Cosine of all frames together, against the float network that keeps its states, too."""
        frames = self.work / f"unpacked/{name}_test.npy"
        expected, result = self.work / f"{name}.float", self.work / "run"
        if not expected.exists():
            self.tinamix("run", self.data / f"models/{name}.onnx", "--input", frames, "--output", expected,
                         *STATES[name])
        self.tinamix("run", model, "--input", frames, "--output", result)
        report = self.tinamix("compare", result / "out_0.npy", expected / "out_0.npy", "--json")
        return json.loads(report.stdout)["tensors"][0]["cosine"]

    def similarities(self, name, model, columns=None):
        """Least cosine over the golden samples and all outputs."""
        if name in STATES:
            return self.similarity_over_frames(name, model)
        least = 1.0
        for sample in self.golden_samples(name):
            inputs = sorted(sample.glob("in_*.npy"))
            result = self.work / "run"
            self.tinamix("run", model, "--output", result, *[part for i in inputs for part in ("--input", i)])
            for expected in sorted(sample.glob("out_*.npy")):
                options = ["--columns", columns] if columns else []
                report = self.tinamix("compare", result / expected.name, expected, "--json", *options)
                tensors = json.loads(report.stdout)["tensors"]
                least = min(least, *[tensor["cosine"] for tensor in tensors])
        return least

    def top1(self, name, model):
        samples, labels, _ = ACCURACY[name]
        report = self.tinamix("eval", model, "--data", self.path(samples), "--labels", self.path(labels),
                              "--config", HERE / f"{name}.yaml", "--json")
        return json.loads(report.stdout)["top1_percent"]

    def check_accuracy(self, name, precision, model):
        """Top-1 of the model, and how much that may lose to float."""
        allowed = ACCURACY[name][2].get(precision)
        if allowed is None:
            return ""
        if name not in self.float_top1:
            self.float_top1[name] = self.top1(name, self.data / f"models/{name}.onnx")
        expected, found = self.float_top1[name], self.top1(name, model)
        self.expect(found >= expected - allowed, f"{name} {precision}: top-1 {found} against {expected} in float")
        return f" top-1 {found} % (float {expected} %)"

    def check_columns(self, name, precision, model):
        text = ""
        for what, (columns, least) in COLUMNS[name].items():
            cosine = self.similarities(name, model, columns)
            text += f" {what} {cosine:.6f}"
            self.expect(precision != "mixed" or cosine >= least, f"{name} mixed: cosine of the {what} is {cosine:.6f}")
        return text

    def build_selected(self, model):
        """The host's runtime with only what the model needs (TINAMIX_OPS_FROM)."""
        folder = self.build / EMULATORS["selected"][0]
        self.call(["cmake", "--preset", "host", "-B", folder, "-DTINAMIX_HOST_TOOLS=OFF", "-DTINAMIX_TESTS=OFF",
                   f"-DTINAMIX_OPS_FROM={model}"], cwd=ROOT)
        self.call(["cmake", "--build", folder, "-j", os.cpu_count(), "--target", "tmx"])

    def check_exactness(self, name, precision, model):
        golden = model.with_suffix(".golden")
        if name in STATES:
            inputs = ["--data", self.work / f"unpacked/{name}_test.npy", "--samples", CHECKED_FRAMES]
        else:
            sample = self.golden_samples(name)[0]
            inputs = [part for i in sorted(sample.glob("in_*.npy")) for part in ("--input", i)]
        self.tinamix("golden", self.data / f"models/{name}.onnx", model, *inputs, "-o", golden,
                     *SHAPES.get(name, []))

        def check(job):
            isa, threads = job
            folder, emulator = EMULATORS[isa]
            command = [*emulator, self.build / folder / "runtime/tmx", "check", model, golden, "--threads", threads]
            return job, self.call(command, may_fail=True)

        if "selected" in self.isas:
            self.build_selected(model)
        jobs = [(isa, threads) for isa in self.isas for threads in (1, 2)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for (isa, threads), result in pool.map(check, jobs):
                self.expect(result.returncode == 0,
                            f"{name} {precision}: not exact on {isa} with {threads} thread(s)\n"
                            f"{result.stdout[-2000:]}{result.stderr[-2000:]}")

    def network(self, name, precisions):
        least_int8 = NETWORKS[name][3]
        for precision in precisions:
            model = self.convert(name, precision)
            facts = json.loads(self.tinamix("inspect", model, "--json").stdout)
            ratio = facts["arena_bytes"] / facts["arena_lower_bound_bytes"]
            cosine = self.similarities(name, model)
            line = f"| {name} | {precision} | {cosine:.6f} | {facts['file_bytes']} | {facts['arena_bytes']} | {ratio:.3f} |"
            if name in COLUMNS:
                line += self.check_columns(name, precision, model)
            if name in ACCURACY:
                line += self.check_accuracy(name, precision, model)
            if precision == "mixed" and name in INT8_MAC_SHARE:
                shares = facts["precisions"]
                share = shares["w8a8"]["macs"] / sum(part["macs"] for part in shares.values())
                line += f" {100 * share:.1f} % of the MACs in int8"
                self.expect(share >= INT8_MAC_SHARE[name], f"{name} mixed: {share:.3f} of the MACs in int8")
            print(line, flush=True)
            if name not in STATES:  # the bound counts tensors; the gates' scratch is as large as those
                self.expect(ratio <= LARGEST_ARENA_RATIO, f"{name} {precision}: arena is {ratio:.3f} of its lower bound")
            if precision == "int16":
                bound = LEAST_INT16_COSINE_OVER_FRAMES if name in STATES else LEAST_INT16_COSINE
                self.expect(cosine >= bound, f"{name} int16: cosine {cosine:.6f}")
            if precision == "float":
                self.expect(cosine >= 0.9999999, f"{name} float: cosine {cosine:.9f}")
            if precision == "int8" and least_int8:
                self.expect(cosine >= least_int8, f"{name} int8: cosine {cosine:.6f} below {least_int8}")
            self.check_exactness(name, precision, model)
            model.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("TINAMIX_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--build", default=ROOT / "build", help="folder with host/, aarch64/, ... (CMake presets)")
    parser.add_argument("--networks", default="small", help="small, all, or names separated by commas")
    parser.add_argument("--isas", default=",".join(isa for isa in EMULATORS if isa != "selected"),
                        help=f"of {', '.join(EMULATORS)}")
    parser.add_argument("--precisions", default="", help=f"of {', '.join(PRECISIONS)}, mixed (where there is a list)")
    arguments = parser.parse_args()
    arguments.isas = arguments.isas.split(",")
    if not pathlib.Path(arguments.data).is_dir():
        print(f"tests/networks: no data at {arguments.data} (set TINAMIX_DATA); nothing was tested")
        return 77
    if arguments.networks == "small":
        names = [name for name, (_, _, small, _) in NETWORKS.items() if small]
    else:
        names = list(NETWORKS) if arguments.networks == "all" else arguments.networks.split(",")
    with tempfile.TemporaryDirectory() as work:
        runner = Runner(arguments, work)
        subprocess.run([sys.executable, ROOT / "scripts/unpack_test_data.py", "--data", arguments.data,
                        pathlib.Path(work) / "unpacked"], check=True, stdout=subprocess.DEVNULL)
        print(f"every tensor on {', '.join(arguments.isas)}, 1 and 2 threads")
        print("| network | precision | least cosine | file bytes | arena bytes | arena / bound |\n|---|---|---|---|---|---|")
        for name in names:
            precisions = arguments.precisions.split(",") if arguments.precisions else \
                PRECISIONS + (["mixed"] if (HERE / f"{name}.mixed.yaml").exists() else [])
            runner.network(name, precisions)
    print(f"{len(runner.failures)} missed")
    return 1 if runner.failures else 0


if __name__ == "__main__":
    sys.exit(main())
