/** What a comparison of providers found, as plain data. */
import type { Difference } from "./difference.ts";
import type { Examined, Nearness } from "./examine.ts";
import type { Finding } from "./suspects.ts";
import type { WholeFinding } from "./whole.ts";

export interface ParityReport {
  /** Who the others are held against. */
  readonly judge: string;
  readonly tolerance: number;
  /** Nodes of the graph. */
  readonly nodes: number;
  /** Shapes of what was fed, as `float32 [2,3,8,8]`, by input. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly providers: readonly ProviderReport[];
  /** Whether every provider that the machine has agrees. */
  readonly agrees: boolean;
}

export interface ProviderReport {
  readonly provider: string;
  /** Why the machine cannot use it; everything else is then absent. */
  readonly unavailable?: string;
  readonly agrees?: boolean;
  /** The graph node by node. */
  readonly chain?: ChainReport;
  /** Outputs that differ where the graph runs as it is opened for use. */
  readonly outputs?: readonly WholeFinding[];
  /** What stopped it there. */
  readonly failure?: string;
  /** The graph in the provider's own forms node by node; looked at where those outputs differ. */
  readonly lowered?: ChainReport;
  /** Those forms mean something else even in float64. */
  readonly misread?: true;
}

export interface ChainReport {
  readonly compared: number;
  /** Nodes that differ for the rounding of what came before them alone. */
  readonly rounding: number;
  /** Nodes that are wrong. */
  readonly wrong: number;
  /** The first node that differs, whatever the cause. */
  readonly first?: NodeReport;
  /** The first node that is wrong. */
  readonly culprit?: NodeReport;
  readonly worst: readonly { readonly node: string; readonly operator: string; readonly relative: number }[];
  /** The node that the provider cannot run. */
  readonly stop?: {
    readonly node: string;
    readonly operator: string;
    readonly position: number;
    readonly reason: string;
  };
}

export interface NodeReport {
  readonly node: string;
  readonly operator: string;
  /** From 1. */
  readonly position: number;
  readonly inputs: Readonly<Record<string, string>>;
  readonly output: string;
  readonly cause: Finding["cause"];
  readonly inGraph: Difference;
  readonly alone: Difference;
}

export function chainReport(examined: Examined): ChainReport {
  const { findings, stop } = examined;
  const wrong = findings.filter(({ cause }) => cause !== "rounding");
  return {
    compared: examined.compared,
    rounding: findings.length - wrong.length,
    wrong: wrong.length,
    ...findings.length === 0 ? {} : { first: nodeReport(findings[0]) },
    ...wrong.length === 0 ? {} : { culprit: nodeReport(culpritOf(wrong)) },
    worst: examined.worst.map(nearnessReport),
    ...stop === undefined
      ? {}
      : { stop: { node: stop.node.name, operator: stop.node.op, position: stop.position, reason: stop.reason } },
  };
}

/** What is wrong by itself tells more than what is wrong in the graph only. */
function culpritOf(wrong: readonly Finding[]): Finding {
  return wrong.find(({ cause }) => cause === "operator") ?? wrong[0];
}

function nodeReport({ node, position, inputs, value, cause, inGraph, alone }: Finding): NodeReport {
  return { node: node.name, operator: node.op, position, inputs, output: value, cause, inGraph, alone };
}

function nearnessReport({ node, relative }: Nearness): ChainReport["worst"][number] {
  return { node: node.name, operator: node.op, relative };
}

/** Whether the provider got to the end and nothing of it is wrong. */
export function isSound({ wrong, stop }: ChainReport): boolean {
  return wrong === 0 && stop === undefined;
}
