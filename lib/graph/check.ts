/** Whether a graph holds together by its names. */
import { GraphError } from "./errors.ts";
import type { Graph } from "./graph.ts";

/** @throws GraphError that tells the first of `graphProblems`. */
export function checkGraph(graph: Graph): void {
  const [problem] = graphProblems(graph);
  if (problem !== undefined) throw new GraphError(`Cannot use graph "${graph.name}": ${problem}`);
}

/**
 * What is wrong with the names of a graph: values that are used before they are made or made twice, outputs that nothing
 * makes. `outer` are the values that a graph inside an operator may use.
 */
export function graphProblems(graph: Graph, outer: ReadonlySet<string> = new Set()): readonly string[] {
  const problems: string[] = [];
  const made = new Set([...graph.constants.keys(), ...graph.inputs.map((input) => input.name)]);
  const isKnown = (name: string): boolean => name === "" || made.has(name) || outer.has(name);
  for (const node of graph.nodes) {
    const title = `${node.op} "${node.name}"`;
    for (const name of node.inputs) {
      if (!isKnown(name)) problems.push(`${title} uses "${name}" before any node makes it`);
    }
    for (const attr of Object.values(node.attrs)) {
      if (attr.kind === "graph") problems.push(...graphProblems(attr.value, new Set([...outer, ...made])));
    }
    for (const name of node.outputs.filter((output) => output !== "")) {
      if (made.has(name)) problems.push(`${title} makes "${name}", which exists already`);
      made.add(name);
    }
  }
  for (const { name } of graph.outputs) {
    if (!isKnown(name)) problems.push(`no node makes the output "${name}"`);
  }
  return problems;
}
