/** The stages of a plan as a graph in the DOT language. */
import type { PlannedStage } from "./plan.ts";

const COLOURS = { hit: "#d9ead3", miss: "#fce5cd" } as const;

/** Arrows go from a stage to those that need it; the fill tells hit from miss. */
export function dotOf(name: string, stages: readonly PlannedStage[]): string {
  const nodes = stages.map(({ name, status, because }) => {
    return `  ${quoted(name)} [label=${quoted(`${name}\n${status}: ${because}`)}, fillcolor="${COLOURS[status]}"];`;
  });
  const edges = stages.flatMap((stage) => stage.needs.map((need) => `  ${quoted(need)} -> ${quoted(stage.name)};`));
  return [
    `digraph ${quoted(name)} {`,
    "  rankdir=LR;",
    '  node [shape=box, style="rounded,filled", fontname="sans-serif"];',
    ...nodes,
    ...edges,
    "}",
    "",
  ].join("\n");
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
