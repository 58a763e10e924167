#!/usr/bin/env python3
"""Opens report pages in headless Chromium, at desktop and phone width, light and dark, and looks for what must not be
there (a page wider than the window, text that overlaps its box, console errors) and what must (every section that the
report.json beside the page has something for).

    tests/report/page_check.py FOLDER...        folders that `tinamix convert --report` wrote
    tests/report/page_check.py --shots OUT FOLDER...    keeps pictures of the pages too

Exit status 77 and a reason where there is no Chromium.
"""
import argparse
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
SCHEMES = {"light": 1, "dark": 0}  # Blink's preferredColorScheme

# Runs before anything of the page: collects errors.
LISTEN = """<script>
window.problems = [];
addEventListener('error', event => problems.push('error: ' + event.message));
addEventListener('unhandledrejection', event => problems.push('rejected: ' + event.reason));
for (const level of ['error', 'warn']) console[level] = (...words) => problems.push(level + ': ' + words.join(' '));
</script>"""

# Runs at the end: measures the page and leaves the findings in an element that --dump-dom shows.
MEASURE = """<script>
addEventListener('load', () => {
  const page = document.documentElement, seen = {};
  const count = selector => document.querySelectorAll(selector).length;
  if (page.scrollWidth > page.clientWidth) problems.push(`the page is ${page.scrollWidth} wide in ${page.clientWidth}`);
  const scrolls = element => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(at).overflowX)) return true;
    }
    return false;
  };
  for (const element of document.querySelectorAll('body *')) {
    const box = element.getBoundingClientRect();
    if (box.width > 0 && box.right > page.clientWidth + 1 && !scrolls(element))
      problems.push(`<${element.tagName} class="${element.getAttribute('class')}"> ends at ${box.right}`);
  }
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      if (box.width > 0 && (box.left < frame.left - 1 || box.right > frame.right + 1))
        problems.push(`"${text.textContent}" leaves its chart`);
    }
  }
  const colour = name => getComputedStyle(document.body)[name].match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  seen.background = light(colour('backgroundColor'));
  seen.ink = light(colour('color'));
  for (const [name, selector] of Object.entries({
    title: 'h1', variants: '#summary tbody tr', converted: '#summary tr.converted', front: '#front circle',
    chosen: '#front circle.chosen', bars: '#layers svg g > rect.bar', alone: '#layers line.alone',
    rows: '#layers tbody tr', flags: '#layers tbody .tag.lost', histograms: '#values figure svg',
    settings: '#settings tr', repairs: '#repairs tbody tr'})) seen[name] = count(selector);
  const head = document.querySelector('#layers th[data-sort]:nth-child(4)');
  if (head) {
    head.click();
    const values = [...document.querySelectorAll('#layers tbody tr')]
      .map(row => Number(row.cells[3].dataset.value)).filter(value => !isNaN(value));
    if (values.some((value, i) => i > 0 && value > values[i - 1])) problems.push('a click on a head does not sort');
  }
  const out = document.createElement('pre');
  out.id = 'findings';
  out.textContent = JSON.stringify({problems, seen});
  document.body.append(out);
});
</script>"""


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return name
    print("no Chromium: scripts/install-packages.sh report")
    sys.exit(77)


def run(browser, page, size, scheme, *options):
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000",
               f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", f"--window-size={size[0]},{size[1]}",
               *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=True).stdout


def framed(text, sizes):
    """The page in frames of these sizes, one above the other: windows of some versions of Chromium are never as narrow as
    a phone, and starting the browser takes longest."""
    inner = html.escape(text, quote=True)
    frames = "".join(f'<iframe style="width: {width}px; height: {height}px" srcdoc="{inner}"></iframe>'
                     for width, height in sizes)
    return ('<!DOCTYPE html><meta charset="utf-8"><style>body { margin: 0; } iframe { border: 0; display: block; }</style>'
            f"{frames}<script>addEventListener('load', () => setTimeout(() => "
            "{ for (const frame of document.querySelectorAll('iframe')) {"
            "const out = document.createElement('pre'), found = frame.contentDocument.getElementById('findings');"
            "out.className = 'outer'; out.textContent = found ? found.textContent : 'nothing'; document.body.append(out);"
            "} }, 200));</script>")


def expected(report):
    """Least counts of elements by what the report holds."""
    layers = report.get("layers", [])
    compared = [layer for layer in layers if "cumulative" in layer]
    lines = sum(max(1, len(variant["outputs"])) for variant in report["variants"])
    return {"title": 1, "variants": lines, "converted": 1, "front": len(report.get("mixes", [])),
            "chosen": 1 if report.get("mixes") else 0, "bars": len(compared),
            "alone": len([layer for layer in compared if "alone" in layer]), "rows": len(layers),
            "flags": sum(len(layer["flags"]) for layer in layers),
            "histograms": len([layer for layer in layers if "values" in layer]),
            "settings": len(report["settings"]), "repairs": len(report.get("repairs", []))}


def judged(findings, wanted, scheme):
    """What is wrong with the page that left these findings."""
    if findings == "nothing":
        return ["the page did not load"]
    findings = json.loads(findings)
    seen, problems = findings["seen"], findings["problems"]
    problems += [f"{seen[name]} of {count} {name}" for name, count in wanted.items() if seen[name] != count]
    if (seen["background"] < seen["ink"]) != (scheme == "dark"):
        problems.append(f"ink {seen['ink']:.0f} on {seen['background']:.0f}")
    return problems


def check(browser, folder, shots):
    text = (folder / "report.html").read_text()
    wanted = expected(json.loads((folder / "report.json").read_text()))
    problems = []
    if re.search(r"(src|href)=|@import|url\(", text):
        problems.append("the page wants another file")
    probed = text.replace("<head>", "<head>" + LISTEN, 1).replace("</body>", MEASURE + "</body>", 1)
    with tempfile.TemporaryDirectory() as scratch:
        page = pathlib.Path(scratch, "page.html")
        for scheme in SCHEMES:
            page.write_text(framed(probed, WIDTHS.values()))
            dom = run(browser, page, (1280, 1800), scheme, "--dump-dom")
            found = re.findall(r'<pre class="outer">(.*?)</pre>', dom, re.S)
            for width, findings in zip(WIDTHS, found + ["nothing"] * len(WIDTHS)):
                problems += [f"{folder.name}, {width}, {scheme}: {problem}"
                             for problem in judged(html.unescape(findings), wanted, scheme)]
            for width, size in WIDTHS.items() if shots else ():
                shots.mkdir(parents=True, exist_ok=True)
                tall = (size[0], 3600)
                page.write_text(framed(text, [tall]))
                run(browser, page, tall, scheme, f"--screenshot={shots / f'{folder.name}-{width}-{scheme}.png'}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path)
    options = parser.parse_args()
    browser = chromium()
    problems = []
    for folder in options.folders:
        problems += check(browser, folder, options.shots)
    for problem in problems:
        print(problem)
    print(f"{len(options.folders)} reports, {len(WIDTHS)} widths, {len(SCHEMES)} colour schemes: "
          + (f"{len(problems)} problems" if problems else "all as they must be"))
    sys.exit(1 if problems else 0)


main()
