/** The stages of a run as a drawing and a table, and the pipeline that they came from. */
import type { StageRow } from "../contracts/report.ts";
import { duration } from "./_format.ts";
import { Markup, markup } from "./_markup.ts";

export async function stagesSection(stages: readonly StageRow[], pipeline: string): Promise<Markup> {
  const drawing = stages.length > 0 ? markup`<div class="card dag">${await graphOf(stages)}</div>` : null;
  const table = stages.length > 0 ? stageTable(stages) : null;
  return markup`<section id="stages"><h2>How it was made</h2><div class="row wide">${drawing}<div class="card">${table}
<details><summary>The resolved pipeline</summary><pre>${pipeline}</pre></details></div></div></section>`;
}

function stageTable(stages: readonly StageRow[]): Markup {
  const lines = stages.map(({ name, status, seconds }) =>
    markup`<tr><td>${name}</td><td><span class="tag ${status}">${status}</span></td><td>${duration(seconds)}</td></tr>`
  );
  return markup`<table><tr><th>stage</th><th></th><th>time when it ran</th></tr>${lines}</table>`;
}

/** The graph of stages laid out by Graphviz, its colours left to the page. */
async function graphOf(stages: readonly StageRow[]): Promise<Markup> {
  const { instance } = await import("@viz-js/viz");
  const svg = (await instance()).renderString(dotOf(stages), { format: "svg" });
  return new Markup(svg.slice(svg.indexOf("<svg")).replace(/<title>[\s\S]*?<\/title>|<!--[\s\S]*?-->/g, "").trim());
}

function dotOf(stages: readonly StageRow[]): string {
  const numbers = new Map(stages.map(({ name }, i) => [name, i]));
  const nodes = stages.map(({ name, status, seconds }, i) => {
    const below = `${status === "cached" ? "cached · " : ""}${duration(seconds)}`;
    return `n${i} [label="${quoted(name)}\\n${below}" class="${status === "cached" ? "cached" : "ran"}"]`;
  });
  const edges = stages.flatMap(({ needs }, to) => {
    const from = new Set(needs.map((need) => numbers.get(need.split(".")[0])).filter((i) => i !== undefined));
    return [...from].map((i) => `n${i} -> n${to}`);
  });
  const look =
    'graph [bgcolor=transparent ranksep=0.32 nodesep=0.3] node [shape=box style=rounded fontsize=13 margin="0.34,0.07"]';
  return `digraph { ${look} edge [arrowsize=0.6] ${[...nodes, ...edges].join("; ")} }`;
}

function quoted(text: string): string {
  return text.replace(/[\\"]/g, "\\$&");
}
