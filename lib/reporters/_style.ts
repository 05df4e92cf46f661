/** The look of the page: one column on a phone, cards side by side on a desk, colours of the reader's light or dark scheme. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --ink: #1b2330; --muted: #5d6878; --line: #dfe3ea;
  --accent: #2563c9; --second: #c2610c; --soft: #e8eefa; --good: #1a7f4b; --bad: #b93a2b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151b; --card: #1a2029; --ink: #e6eaf1; --muted: #9aa5b5; --line: #303947;
    --accent: #7fadff; --second: #f2a654; --soft: #22304a; --good: #5fcf95; --bad: #ff8f7f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 28px 20px 48px; }
header h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; overflow-wrap: anywhere; }
header p { margin: 6px 0 0; color: var(--muted); overflow-wrap: anywhere; }
section { margin-top: 30px; }
h2 { margin: 0 0 12px; font-size: 1.2rem; }
h3 { margin: 0 0 2px; font-size: 1rem; }
p { margin: 0 0 12px; }
.note { color: var(--muted); font-size: .9rem; max-width: 75ch; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; min-width: 0; }
.row { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
.row.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); }
.stack { display: grid; gap: 16px; align-content: start; min-width: 0; }
.headline { display: grid; gap: 10px 36px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr)); align-items: center; }
td.bar { width: 22%; }
.figure { font-size: 3.2rem; line-height: 1; font-weight: 650; letter-spacing: -.02em; white-space: nowrap; }
.figure + p { margin: 10px 0 0; }
.figure small { font-size: 1.1rem; font-weight: 500; letter-spacing: 0; color: var(--muted); }
.bars { display: grid; gap: 8px; font-size: .9rem; }
.track { display: block; background: var(--line); border-radius: 5px; height: 12px; overflow: hidden; }
.fill { display: block; height: 100%; border-radius: 5px; background: var(--accent); }
.fill.other { background: var(--muted); }
.bars div > span:first-child { display: flex; justify-content: space-between; gap: 12px; }
.chart svg { display: block; width: 100%; height: auto; max-width: 460px; margin: 8px auto 0; font-family: inherit; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px 6px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--muted); font-weight: 500; font-size: .82rem; vertical-align: bottom; white-space: normal; }
th:first-child, td:first-child { text-align: left; }
th:last-child, td:last-child { padding-right: 0; }
tr:last-child td { border-bottom: 0; }
td.free { white-space: normal; text-align: left; overflow-wrap: anywhere; }
.faces { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
.faces figure { margin: 0; min-width: 0; }
.faces img, .faces .blank { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 8px; background: var(--line); }
.faces figcaption { margin-top: 4px; font-size: .86rem; line-height: 1.35; }
.faces .file { display: block; color: var(--muted); font-size: .74rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.up { color: var(--second); } .down { color: var(--accent); }
.dag svg { display: block; width: auto; max-width: 100%; height: auto; margin: 0 auto; }
.dag text { fill: var(--ink); font-family: inherit; }
.dag .node polygon, .dag .node path { fill: var(--card); stroke: var(--accent); stroke-width: 1.4; }
.dag .cached polygon, .dag .cached path { stroke: var(--muted); stroke-dasharray: 4 3; }
.dag .edge path { stroke: var(--muted); }
.dag .edge polygon { fill: var(--muted); stroke: var(--muted); }
.tag { display: inline-block; border-radius: 99px; padding: 0 9px; font-size: .8rem; background: var(--soft); color: var(--accent); }
.tag.cached { background: none; color: var(--muted); border: 1px dashed var(--muted); }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--accent); }
pre { margin: 0; overflow-x: auto; font: .82rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
ul.files { margin: 8px 0 0; padding-left: 18px; font-size: .84rem; overflow-wrap: anywhere; }
footer { margin-top: 34px; color: var(--muted); font-size: .86rem; max-width: 80ch; }
@media (max-width: 560px) {
  main { padding: 18px 12px 36px; }
  .card { padding: 14px 12px; }
  .figure { font-size: 2.7rem; }
  header h1 { font-size: 1.5rem; }
  .faces { grid-template-columns: repeat(3, 1fr); gap: 10px; }
  table { font-size: .85rem; }
  th, td { padding-right: 7px; }
  .bar { display: none; }
}
@media print { .card { break-inside: avoid; } }
`;
