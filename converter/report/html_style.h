// The style sheet and the script of a report's page.
#pragma once

#include <string_view>

namespace tinamix::report {

/// Colours of precisions are told apart by readers with any colour vision (palette of M. Okabe and K. Ito, 2008).
inline constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --page: #ffffff; --ink: #1c2024; --soft: #5b6570; --rule: #dfe3e8; --card: #f5f7f9;
  --w8a8: #0072b2; --w8a16: #009e73; --w16a16: #d55e00; --f32: #aa4499; --lost: #c1121f; --target: #8a6d00; }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --ink: #e6e9ec; --soft: #9aa5b1; --rule: #30363d;
  --card: #1d2125; --w8a8: #56b4e9; --w8a16: #2fc79a; --w16a16: #ee8a42; --f32: #d98cc4; --lost: #ff6b6b; --target: #e0c34d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 24px 20px 60px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 36px 0 8px; }
p { margin: 6px 0; max-width: 70ch; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; -webkit-overflow-scrolling: touch; border: 1px solid var(--rule); border-radius: 6px; margin: 10px 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th { background: var(--card); color: var(--soft); font-weight: 600; font-size: 13px; }
th[data-sort] { cursor: pointer; }
th:first-child, td:first-child, .text { text-align: left; }
tr:last-child td { border-bottom: 0; }
tr.converted td { font-weight: 650; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px; margin: 16px 0; }
.tiles div { padding: 10px 12px; background: var(--card); border-radius: 6px; min-width: 0; }
.tiles b { display: block; font-size: 21px; line-height: 1.3; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tiles span { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
.lead th:first-child, .lead td:first-child { position: sticky; left: 0; background: var(--page); z-index: 1; }
.lead th:first-child { background: var(--card); }
.settings td { white-space: normal; overflow-wrap: anywhere; } .settings td:first-child { white-space: nowrap; vertical-align: top; }
.name { max-width: min(340px, 38vw); overflow: hidden; text-overflow: ellipsis; }
.tag { display: inline-block; padding: 0 7px; border-radius: 9px; color: var(--page); font-size: 12px; font-weight: 600; }
.tag.w8a8 { background: var(--w8a8); } .tag.w8a16 { background: var(--w8a16); }
.tag.w16a16 { background: var(--w16a16); } .tag.f32 { background: var(--f32); } .tag.lost { background: var(--lost); }
.chart { display: block; width: 100%; height: auto; } .scroll > .chart { min-width: 560px; max-width: 900px; padding: 8px; }
.label { font: 12px system-ui, sans-serif; fill: var(--soft); } .label.strong { fill: var(--ink); font-weight: 650; }
.label.flag { fill: var(--lost); } .label.goal { fill: var(--target); }
.grid { stroke: var(--rule); } .axis { stroke: var(--soft); } .target { stroke: var(--target); stroke-dasharray: 5 4; }
.front { fill: none; stroke: var(--w8a8); stroke-width: 2; } .tried { fill: var(--soft); fill-opacity: .45; }
.on-front { fill: var(--w8a8); } .chosen { fill: var(--w16a16); stroke: var(--page); stroke-width: 2; }
.bar.w8a8 { fill: var(--w8a8); } .bar.w8a16 { fill: var(--w8a16); } .bar.w16a16 { fill: var(--w16a16); }
.bar.f32 { fill: var(--f32); } .bar.lost { fill: var(--lost); } .clip { stroke: var(--lost); stroke-dasharray: 3 2; }
.alone { stroke: var(--ink); stroke-width: 2; }
.many { display: grid; grid-template-columns: repeat(auto-fill, minmax(156px, 1fr)); gap: 10px; }
.many figure { margin: 0; padding: 8px; background: var(--card); border-radius: 6px; min-width: 0; }
.many figcaption { font-size: 12px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
details { margin: 10px 0; } summary { cursor: pointer; }
)css";

/// A click on a column's head sorts its table by it; the page is complete without.
inline constexpr std::string_view kScript = R"js(
for (const head of document.querySelectorAll('th[data-sort]')) {
  head.addEventListener('click', () => {
    const body = head.closest('table').tBodies[0], column = head.cellIndex;
    const falling = head.dataset.sort !== 'falling';
    head.dataset.sort = falling ? 'falling' : 'rising';
    const key = row => { const cell = row.cells[column]; return 'value' in cell.dataset ? Number(cell.dataset.value) : cell.textContent; };
    const rows = [...body.rows].sort((a, b) => { const x = key(a), y = key(b); return x < y ? -1 : x > y ? 1 : 0; });
    if (falling) rows.reverse();
    body.append(...rows);
  });
}
)js";

}  // namespace tinamix::report
