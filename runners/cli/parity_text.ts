/** A comparison of providers, for people. */
import type { Difference } from "../../lib/parity/difference.ts";
import type { ChainReport, NodeReport, ParityReport, ProviderReport } from "../../lib/parity/report.ts";
import { table } from "./table.ts";

export function parityText(file: string, report: ParityReport): string {
  const { judge, tolerance, nodes, inputs, providers, agrees } = report;
  const fed = Object.entries(inputs).filter(([name]) => SHOWN_INPUTS.some((word) => name.startsWith(word)));
  const shown = fed.length > 0 ? fed : Object.entries(inputs).slice(0, 4);
  const head = [
    `${file}: ${nodes} nodes, held against ${
      judge === "reference" ? "the float64 reference" : `the provider ${judge}`
    }`,
    `fed ${shown.map(([name, type]) => `${name} ${type}`).join(", ")}; relative tolerance ${tolerance}`,
  ];
  if (judge !== "reference") head.push("(the float64 reference would take more than ten minutes)");
  const parts = [head.join("\n"), providerTable(providers), ...providers.flatMap(details)];
  return [...parts, agrees ? "All agree." : "Not all agree."].join("\n\n");
}

/** What of many inputs tells about a batch. */
const SHOWN_INPUTS = ["image", "features", "input"];

function providerTable(providers: readonly ProviderReport[]): string {
  const header = ["provider", "nodes", "wrong", "by rounding", "largest error", "whole graph", "verdict"];
  return table(header, providers.map(row));
}

function row(report: ProviderReport): readonly string[] {
  const { provider, chain, agrees } = report;
  if (chain === undefined) return [provider, "", "", "", "", "", `left out: ${report.unavailable}`];
  const largest = chain.worst[0]?.relative ?? 0;
  const figures = [chain.compared, chain.wrong, chain.rounding].map(String);
  return [provider, ...figures, short(largest), wholeText(report), agrees ? "agrees" : "differs"];
}

function wholeText({ outputs, failure, lowered, agrees }: ProviderReport): string {
  if (failure !== undefined) return "fails";
  if (outputs === undefined) return "not run";
  if (outputs.length === 0) return "same outputs";
  return lowered && agrees ? "same but for rounding" : `${outputs.length} outputs differ`;
}

/** Paragraphs about one provider. */
function details(report: ProviderReport): readonly string[] {
  const { provider, chain, outputs = [], failure, lowered, misread } = report;
  if (chain === undefined) return [];
  const texts = chainDetails(provider, chain);
  if (failure !== undefined) texts.push(`${provider} cannot run the whole graph as it is opened for use: ${failure}`);
  if (outputs.length > 0 && !report.agrees) {
    const named = outputs.slice(0, 4).map(({ output, difference }) => `${output} (${errorText(difference)})`);
    texts.push(
      `${provider} gives other outputs where it runs the whole graph as it is opened for use: ${named.join(", ")}` +
        `${outputs.length > 4 ? ` and ${outputs.length - 4} more` : ""}. ${WHY_WHOLE}`,
    );
  }
  if (misread) {
    texts.push(`The lowering for ${provider} (lib/lowering) means something else than the graph, even in float64.`);
  }
  if (lowered) texts.push(...chainDetails(`${provider}, in the forms of its lowering`, lowered));
  return texts;
}

const WHY_WHOLE =
  "Each node alone may still be right: then the runtime's optimizer, or what ageline puts in the place of " +
  "forms (lib/lowering), is at fault.";

function chainDetails(who: string, chain: ChainReport): string[] {
  const { first, culprit, stop, rounding } = chain;
  const texts: string[] = [];
  if (culprit !== undefined) {
    texts.push(`${who}: the first wrong node is ${nodeTitle(culprit)}\n${nodeText(culprit)}`);
    if (first !== undefined && first.position !== culprit.position) {
      texts.push(`${who}: the first node that differs is ${nodeTitle(first)}\n${nodeText(first)}`);
    }
    texts.push(`${who}: largest errors at ${worstText(chain)}`);
  } else if (first !== undefined) {
    texts.push(
      `${who}: ${rounding} nodes differ by rounding that has grown: each is right for what it was fed. The first is ` +
        `${nodeTitle(first)}, ${errorText(first.inGraph)}.`,
    );
  }
  if (stop !== undefined) {
    texts.push(`${who} cannot run ${stop.operator} "${stop.node}" (node ${stop.position}): ${stop.reason}`);
  }
  return texts;
}

function nodeTitle({ operator, node, position }: NodeReport): string {
  return `${operator} "${node}" (node ${position})`;
}

function nodeText({ inputs, output, inGraph, alone, cause }: NodeReport): string {
  const taken = Object.entries(inputs).map(([name, type]) => `    takes  ${name}  ${type}`);
  const errors = [
    `    gives  ${output}`,
    `    in the graph: ${errorText(inGraph)}, ${inGraph.elements} of ${inGraph.of} elements`,
    `    by itself, fed what the reference has: ${alone.differs ? errorText(alone) : "right"}`,
    ...(cause === "operator" ? alone : inGraph).samples.map((sample) =>
      `      [${sample.at}]  ${short(sample.got)}  should be ${short(sample.wanted)}`
    ),
    `    ${CAUSES[cause]}`,
  ];
  return [...taken, ...errors].join("\n");
}

const CAUSES: Readonly<Record<NodeReport["cause"], string>> = {
  operator: "So the operator is wrong in this form.",
  graph: "So the operator is right, but the runtime gets it wrong among the other nodes.",
  rounding: "So the node is right for what it was fed: the error comes from before, and has grown.",
};

function worstText({ worst }: ChainReport): string {
  return worst.map(({ operator, node, relative }) => `${operator} "${node}" (${short(relative)})`).join(", ");
}

function errorText({ absolute, relative }: Difference): string {
  if (absolute === Infinity) return "another shape, or not finite";
  return `error ${short(absolute)} absolute, ${short(relative)} relative`;
}

/** Three digits; very small and very large ones with an exponent. */
function short(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return size < 1e-3 || size >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}
