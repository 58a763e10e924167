#!/usr/bin/env python3
"""Cycles of the inner loops by llvm-mca's models of cortex-a53, cortex-a55 and spacemit-x60.

Takes the loops from the built objects: of each kernel the innermost loop with the most multiplications, as the compiler
or the assembler left it. Beside the loop's cycles per MAC stand those of its multiplications alone: the core's peak for
this way of multiplying. Static models order two loops well and are pessimistic in absolute terms (docs/kernels.md).

  bench/mca.py                          all, into bench/results/mca.json
  bench/mca.py --show w8a8_conv         also print the loops of kernels whose name contains this

Needs the presets aarch64 and riscv64 built (target tmx), and llvm-objdump, llvm-mca and ld.lld 19 or later; for spacemit-x60
llvm-mca 22 (Debian's bookworm-security: llvm-22). Standard library only."""
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
# core: (preset, folder below kernels/, objects, llvm-mca's arguments, oldest llvm-mca)
CORES = {
    "cortex-a55": ("aarch64", "neon", r"dotprod", ["-mtriple=aarch64", "-mcpu=cortex-a55", "-mattr=+dotprod"], 19),
    "cortex-a53": ("aarch64", "neon", r"neon", ["-mtriple=aarch64", "-mcpu=cortex-a53"], 19),
    "spacemit-x60": ("riscv64", "rvv", r"rvv", ["-mtriple=riscv64", "-mcpu=spacemit-x60"], 22),
}
KERNELS = r"conv|depthwise|tiles"
ITERATIONS = 200
# What one multiplication does, by mnemonic and arrangement of its result.
LANES = {".16b": 16, ".8b": 8, ".8h": 8, ".4h": 4, ".4s": 4, ".2s": 2, ".2d": 2}
VLEN = 256
WIDEST_ROW = 64  # output channels of the packing, the longest vector that kernels/rvv ask for


def program(name, oldest):
    for version in range(40, oldest - 1, -1):
        if shutil.which(f"{name}-{version}"):
            return f"{name}-{version}"
    return None


def functions(objdump, path):
    """{name: [(address, text)]}. Branches of RISC-V have their targets only after linking."""
    if "riscv64" in path.parts:
        linker = program("ld.lld", 19)
        linked = pathlib.Path(tempfile.gettempdir()) / f"{path.name}.{os.getpid()}.linked"
        subprocess.run([linker, "--unresolved-symbols=ignore-all", "--noinhibit-exec", "-e", "0", path, "-o", linked],
                       capture_output=True, check=True)
        try:
            return functions(objdump, linked)
        finally:
            linked.unlink()
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", path], capture_output=True, text=True).stdout
    result, current = {}, None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(.+)>:$", line)
        if head:
            current = result.setdefault(head[1], [])
        row = re.match(r" *([0-9a-f]+): +(.+)$", line.replace("\t", " "))
        if row and current is not None:
            current.append((int(row[1], 16), re.sub(r" +(//|# ).*$", "", row[2]).strip()))
    return result


def branch_target(text):
    target = re.search(r"0x([0-9a-f]+)", text)
    if re.match(r"(b|bl|bne|beq|blt|bge|bltu|bgeu|bnez|beqz|bgtz|blez|bgez|bltz|cbz|cbnz|tbz|tbnz|j|b\.\w+)\b", text) and target:
        return None if text.startswith("bl ") else int(target[1], 16)
    return None


def innermost_loops(code):
    """Lists of instructions between a backward branch and its target, without another one inside."""
    index = {address: i for i, (address, _) in enumerate(code)}
    ranges = []
    for i, (address, text) in enumerate(code):
        target = branch_target(text)
        if target is not None and target <= address and target in index:
            ranges.append((index[target], i))
    inner = [r for r in ranges if not any(o != r and o[0] >= r[0] and o[1] <= r[1] for o in ranges)]
    return [(begin, [text for _, text in code[begin:end + 1]]) for begin, end in inner]


def row_length(vtype):
    """Elements of a vector of the kernel under `vsetvli ..., e8, m2, ...`."""
    found = re.search(r"e(\d+), m(f?)(\d+)", vtype)
    if not found:
        return 0
    lmul = 1 / int(found[3]) if found[2] else int(found[3])
    return min(int(VLEN / int(found[1]) * lmul), WIDEST_ROW)


def macs_of(text, vtype):
    mnemonic = text.split()[0]
    result = re.match(r"\S+ v\d+(\.\w+)", text)
    if re.match(r"[su]dot$", mnemonic):
        return 4 * LANES[result[1]]
    if re.match(r"(smull|smlal|smlsl|umlal|umull)2?$", mnemonic) and result and result[1] in LANES:
        return LANES[result[1]]
    if re.match(r"(mla|mls|mul|fmul|fmla)$", mnemonic) and result and result[1] in LANES:
        return LANES[result[1]]
    if re.match(r"vf?w?(macc|mul)(u|su)?\.v[vxf]$", mnemonic) or re.match(r"vwmulsu\.v[vx]$", mnemonic):
        return row_length(vtype)
    return 0


def relabelled(loop):
    body = []
    for text in loop:
        target = branch_target(text)
        if target is not None:
            text = re.sub(r"0x[0-9a-f]+( <.*>)?", "loop", text)
        # Loads that move their pointer: the models let the next address wait for the data.
        body.append(re.sub(r"\], #(0x)?[0-9a-f]+$", "]", re.sub(r" <.*>", "", text)))
    return body


def cycles(mca, arguments, body):
    """Per iteration, in the steady state."""
    source = "loop:\n" + "\n".join(body) + "\n"
    result = subprocess.run([mca, *arguments, f"-iterations={ITERATIONS}", "-"], input=source, capture_output=True, text=True)
    total = re.search(r"Total Cycles: +(\d+)", result.stdout)
    if result.returncode != 0 or total is None:
        raise RuntimeError("\n".join(result.stderr.strip().splitlines()[:3]) if result.stderr else "llvm-mca failed")
    return int(total[1]) / ITERATIONS


def measure(core, objdump, mca, show):
    preset, folder, pattern, arguments, _ = CORES[core]
    rows = []
    objects = sorted((ROOT / "build" / preset / "kernels").rglob(f"{folder}/*.o"))
    for path in objects:
        name = path.name.split(".")[0]
        if not re.search(pattern, name) or not re.search(KERNELS, name):
            continue
        if not list((ROOT / "kernels").rglob(f"{name}.*")):  # left over from an older build
            continue
        best = None
        for code in functions(objdump, path).values():
            for begin, loop in innermost_loops(code):
                before = [text for _, text in code[:begin] if text.startswith("vset")]
                vtype = before[-1] if before else ""
                macs, multiplications, now = 0, [], vtype
                for text in loop:
                    if text.startswith("vset"):
                        now = text
                    count = macs_of(text, now)
                    macs += count
                    if count:
                        multiplications.append(text)
                if macs and (best is None or macs > best[0]):
                    # Where the loop does not set the vector type itself, the model has to be told.
                    if preset == "riscv64" and not any(text.startswith("vset") for text in loop) and vtype:
                        loop = [vtype] + loop
                    if preset == "riscv64":
                        multiplications = [text for text in loop if text.startswith("vset")][:1] + multiplications
                    best = (macs, relabelled(loop), multiplications)
        # A loop with fewer multiplications than instructions is not where the kernel's work is (output stages).
        if best is None or best[0] < len(best[1]):
            continue
        macs, loop, multiplications = best
        try:
            per_iteration = cycles(mca, arguments, loop)
            alone = cycles(mca, arguments, multiplications)
        except RuntimeError as error:
            print(f"{core:13} {name:40} {error}", file=sys.stderr)
            continue
        rows.append({"core": core, "kernel": name, "instructions": len(loop), "macs": macs, "cycles": per_iteration,
                     "cycles_per_mac": round(per_iteration / macs, 4), "peak_cycles_per_mac": round(alone / macs, 4)})
        print(f"{core:13} {name:40} {len(loop):4} instructions {macs:5} MACs {per_iteration:8.2f} cycles "
              f"{per_iteration / macs:8.4f} per MAC, multiplications alone {alone / macs:8.4f}", flush=True)
        if show and show in name:
            print("\n".join("    " + text for text in loop))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", default="", help="part of a kernel's name")
    parser.add_argument("--json", default=str(ROOT / "bench/results/mca.json"))
    arguments = parser.parse_args()
    objdump = program("llvm-objdump", 19)
    if objdump is None:
        sys.exit("llvm-objdump 19 or later is missing: apt-get install llvm-19")
    report = {"what": "inner loops by llvm-mca", "objdump": objdump, "mca": {}, "loops": []}
    for core, (preset, _, _, _, oldest) in CORES.items():
        mca = program("llvm-mca", oldest)
        if mca is None:
            print(f"{core}: llvm-mca {oldest} is missing: apt-get install llvm-{oldest}", file=sys.stderr)
            continue
        if not (ROOT / "build" / preset / "kernels").exists():
            print(f"{core}: build/{preset} is missing: cmake --preset {preset} && cmake --build --preset {preset} "
                  "--target tmx", file=sys.stderr)
            continue
        report["mca"][core] = mca
        report["loops"] += measure(core, objdump, mca, arguments.show)
    if not report["loops"]:
        sys.exit("nothing was measured")
    pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n")
    print(f"written to {arguments.json}")


if __name__ == "__main__":
    main()
