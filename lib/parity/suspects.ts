/** Why a node differs in the whole graph: it is run by itself, fed what the judge has, and judged by what it was fed. */
import type { Graph, Node } from "../graph/graph.ts";
import type { NumbersByName } from "../ops/evaluate.ts";
import { type Compute, rounded } from "./compute.ts";
import { type Difference, largestDifference } from "./difference.ts";
import { roundingNoise } from "./noise.ts";
import { apartNodes, givenName, inputsOf, outputsOf, type Types } from "./parts.ts";

/** A node that differs in the whole graph. */
export interface Suspect {
  /** Position of the node in the graph, from 1. */
  readonly position: number;
  readonly node: Node;
  /** The output that differs most. */
  readonly value: string;
  /** Its error in the whole graph, where the node takes what the provider itself has made before. */
  readonly inGraph: Difference;
}

/** A suspect with the cause. */
export interface Finding extends Suspect {
  /** What it takes, as `float32 [2,3,8,8]`, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Its error where it is fed what the judge feeds it. */
  readonly alone: Difference;
  /**
   * operator: wrong by itself. graph: right by itself, but wrong for what it was fed in the whole graph. rounding: right for what it
   * was fed; the rounding of what came before has grown.
   */
  readonly cause: "operator" | "graph" | "rounding";
}

/** Both sides of a run of some nodes of a graph. */
export interface Evidence {
  readonly graph: Graph;
  readonly types: Types;
  readonly judge: Compute;
  readonly provider: Compute;
  /** Every value that the suspects take or make, as the provider made it in the whole graph, and as the judge did. */
  readonly got: NumbersByName;
  readonly wanted: NumbersByName;
  readonly tolerance: number;
}

/** The suspects with their causes. */
export async function explained(suspects: readonly Suspect[], evidence: Evidence): Promise<readonly Finding[]> {
  if (suspects.length === 0) return [];
  const { graph, types, got, wanted } = evidence;
  const nodes = suspects.map(({ node }) => node);
  const apart = apartNodes(graph, types, nodes);
  const right = feedsOf(apart, nodes, wanted);
  const byThemselves = await errorsOf(apart, nodes, right, await evidence.provider(apart, right), evidence);
  const inTheGraph = await errorsOf(apart, nodes, feedsOf(apart, nodes, got), got, evidence);
  return suspects.map((suspect) => {
    const alone = byThemselves(suspect.node);
    const cause = alone.differs ? "operator" : inTheGraph(suspect.node).differs ? "graph" : "rounding";
    return { ...suspect, inputs: inputTexts(suspect.node, evidence), alone, cause };
  });
}

/** The inputs of nodes that stand apart, rounded as a provider takes them. */
function feedsOf(apart: Graph, nodes: readonly Node[], values: NumbersByName): NumbersByName {
  const wanted = new Set(apart.inputs.map(({ name }) => name));
  const names = new Set(nodes.flatMap(inputsOf).filter((name) => wanted.has(givenName(name))));
  return rounded(Object.fromEntries([...names].map((name) => [givenName(name), values[name]])));
}

/**
 * The error of each of `nodes`, which stand apart, held against what the judge makes of the same feeds; what rounding explains is
 * none.
 */
async function errorsOf(
  apart: Graph,
  nodes: readonly Node[],
  feeds: NumbersByName,
  got: NumbersByName,
  { judge, tolerance }: Evidence,
): Promise<(node: Node) => Difference> {
  const made = await judge(apart, feeds);
  const error = (node: Node, noise?: ReadonlyMap<string, number>): Difference =>
    largestDifference(outputsOf(node), got, made, { tolerance, noise })!.difference;
  const errors = new Map(nodes.map((node) => [node, error(node)]));
  if ([...errors.values()].every(({ differs }) => !differs)) return (node) => errors.get(node)!;
  const noise = await roundingNoise(apart, feeds, made, judge, tolerance);
  return (node) => error(node, noise);
}

function inputTexts(node: Node, { graph, wanted }: Evidence): Readonly<Record<string, string>> {
  const texts = inputsOf(node).map((name) => {
    const { type, dims } = wanted[name] ?? graph.constants.get(name)!;
    return [name, `${type} [${dims}]`] as const;
  });
  return Object.fromEntries(texts);
}
