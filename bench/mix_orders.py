#!/usr/bin/env python3
"""The search's front against other toolkits' orders, drawn: docs/front_NETWORK.svg, and the figures of docs/accuracy.md.

Simulates on the same samples, with the same constants and cost table: the front of `convert --precision mixed`; ACUITY's
entropy order (the layers with the worst score in int16, one more at each point); TPU-MLIR's order (each layer alone in
int8 and the rest in float, the worst output first); and the first and last layers in int16, one more pair at each point.
Standard library only.

  bench/mix_orders.py                                    mobilenetv2, mobilefacenet, yolov5n
  bench/mix_orders.py --networks mobilenetv2 --greedy 10 also: the ranking against greedy exhaustive search

Needs the preset bench built (target mix_orders) and the test data (TINAMIX_DATA, default ../shared/data)."""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# name: (calibration data, samples of it, samples that mixes are simulated on)
NETWORKS = {
    "mobilenetv2": ("images/imagenet500", 100, 30),
    "mobilefacenet": ("images/faces112", 32, 30),
    "yolov5n": ("images/coco_calibration", 64, 6),
}
STYLES = {
    "ours": ("search (this project)", "#0072b2", 3),
    "entropy": ("entropy order (ACUITY)", "#d55e00", 1.5),
    "one layer int8": ("one layer int8, rest float (TPU-MLIR)", "#009e73", 1.5),
    "first and last": ("first and last layers", "#aa4499", 1.5),
}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 460, 84, 20, 80, 52


def simulated(options, name):
    source, samples, search_samples = NETWORKS[name]
    command = [options.program, "orders", options.data / f"models/{name}.onnx", "--data", options.data / source, "--samples",
               samples, "--search-samples", options.search_samples or search_samples, "--config",
               ROOT / f"tests/networks/{name}.yaml", "--board", options.board, "--threads", options.threads,
               "--greedy", options.greedy, *(["--no-orders"] if options.no_orders else [])]
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    return json.loads(result.stdout)


def dominated(point, front):
    """Whether some point of the front is neither slower nor further from float."""
    return any(ms <= point[0] * (1 + 1e-9) and loss <= point[1] * (1 + 1e-9) for ms, loss in front)


def svg(found):
    """Loss of the worst output group (logarithmic, better is higher) against milliseconds."""
    curves = found["curves"]
    points = [point for curve in curves.values() for point in curve]
    floor = 1e-7
    low, high = min(p[0] for p in points), max(p[0] for p in points)
    best = math.log10(max(floor, min(p[1] for p in points)))
    worst = math.log10(max(floor, max(p[1] for p in points)))
    x = lambda ms: LEFT + (ms - low) / (high - low) * (WIDTH - LEFT - RIGHT)
    y = lambda loss: TOP + (math.log10(max(loss, floor)) - best) / (worst - best) * (HEIGHT - TOP - BOTTOM)
    text = lambda px, py, words, anchor="start", more="": (
        f'<text x="{px:.1f}" y="{py:.1f}" text-anchor="{anchor}"{more}>{words}</text>')
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
           f'font-size="12" fill="#555"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           text(LEFT, 20, f'{found["model"]}: least cosine against predicted ms on {found["board"]}, '
                f'{found["samples"]} samples', more=' font-size="14" fill="#111"')]
    for decade in range(math.ceil(best), math.floor(worst) + 1):
        py = y(10.0 ** decade)
        out.append(f'<line x1="{LEFT}" y1="{py:.1f}" x2="{WIDTH - RIGHT}" y2="{py:.1f}" stroke="#ddd"/>')
        out.append(text(LEFT - 8, py + 4, f"{1 - 10.0 ** decade:.{max(-decade, 1)}f}", "end"))
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step *= 5 if (high - low) / step > 25 else 2 if (high - low) / step > 10 else 1
    ms = math.ceil(low / step) * step
    while ms <= high:
        out.append(f'<line x1="{x(ms):.1f}" y1="{TOP}" x2="{x(ms):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        out.append(text(x(ms), HEIGHT - BOTTOM + 18, f"{ms:g}", "middle"))
        ms += step
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "predicted milliseconds", "middle"))
    for i, (label, colour, _) in enumerate(STYLES.values()):
        px, py = LEFT + i % 2 * 250, 34 + i // 2 * 20
        out.append(f'<rect x="{px}" y="{py}" width="12" height="12" fill="{colour}"/>')
        out.append(text(px + 17, py + 10, label))
    for name, (label, colour, width) in reversed(STYLES.items()):
        line = " ".join(f"{x(ms):.1f},{y(loss):.1f}" for ms, loss in curves[name])
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        out += [f'<circle cx="{x(ms):.1f}" cy="{y(loss):.1f}" r="{1.2 + width / 2:.1f}" fill="{colour}"/>'
                for ms, loss in curves[name]]
    return "\n".join(out) + "\n</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--board", default="t527")
    parser.add_argument("--threads", default=2)
    parser.add_argument("--search-samples", type=int, default=0)
    parser.add_argument("--greedy", type=int, default=0, help="groups to find by greedy exhaustive search")
    parser.add_argument("--no-orders", action="store_true", help="nothing but that")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs", help="folder of the drawings")
    parser.add_argument("--json", type=pathlib.Path, help="keeps the figures there too")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/bench/bench/mix_orders")
    parser.add_argument("--data", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("TINAMIX_DATA", ROOT.parent / "shared/data")))
    options = parser.parse_args()
    if not options.program.exists():
        sys.exit(f"{options.program} is missing: cmake --preset bench && cmake --build --preset bench --target mix_orders")
    if not options.data.exists():
        sys.exit(f"{options.data} is missing: give the test data with --data")
    everything = []
    print("| network | groups | other order | its points | beaten or equalled by the search |\n|---|---|---|---|---|")
    for name in options.networks.split(","):
        found = simulated(options, name)
        everything.append(found)
        if not options.no_orders:
            (options.out / f"front_{name}.svg").write_text(svg(found))
        for order in STYLES:
            if order == "ours" or options.no_orders:
                continue
            points = found["curves"][order]
            beaten = sum(dominated(point, found["curves"]["ours"]) for point in points)
            print(f"| {name} | {found['groups']} | {STYLES[order][0]} | {len(points)} | {beaten} |", flush=True)
        if "greedy" in found:
            of = found["greedy"]
            ranked, greedy = of["ranked"], of["greedy"]
            print(f"\n{name}: chosen on {of['chosen_on']} samples and judged on {of['judged_on']} others, the "
                  f"{len(ranked['groups'])} groups ranked worst gain {ranked['gain']:.6f} of int8's {of['int8']:.6f}, the "
                  f"best found greedily {greedy['gain']:.6f}: {100 * ranked['gain'] / greedy['gain']:.1f} % (where chosen: "
                  f"{100 * ranked['gain_where_chosen'] / greedy['gain_where_chosen']:.1f} %)\n", flush=True)
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1) + "\n")


if __name__ == "__main__":
    main()
