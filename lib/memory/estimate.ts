/** The memory that a train step takes at its peak, told from its graph. */
import type { Tensors } from "../base/tensor.ts";
import type { ProviderName } from "../contracts/provider.ts";
import type { Graph } from "../graph/graph.ts";
import { bytesOfType, liveness } from "./liveness.ts";
import { runtimeOrder } from "./order.ts";

const MIB = 2 ** 20;

/** What a process takes beside the values of a step, measured as `docs/memory.md` tells. */
interface Habits {
  /** Bytes of the process with its code, image workers and runtime. */
  readonly base: number;
  /** How many times the carried values are held: fed, made, copied out, and what the collector has not yet found. */
  readonly copies: number;
  /** Bytes of buffers for each byte of values that are alive. */
  readonly slack: number;
}

const HABITS: Readonly<Record<ProviderName, Habits>> = {
  cpu: { base: 300 * MIB, copies: 4, slack: 1 },
  wasm: { base: 335 * MIB, copies: 3, slack: 1 },
  webgpu: { base: 605 * MIB, copies: 5, slack: 2 },
  // float64, as numbers of eight bytes in the place of four
  reference: { base: 300 * MIB, copies: 4, slack: 2 },
};

export interface MemoryEstimate {
  /** Bytes of resident memory at the peak of a step. */
  readonly peak: number;
  /** Bytes of the largest single value. */
  readonly largest: number;
}

/**
 * @param graph as the provider runs it, that is lowered, with static shapes.
 * @param carried what goes from step to step.
 */
export function estimateMemory(graph: Graph, carried: Tensors, provider: ProviderName): MemoryEstimate {
  const { base, copies, slack } = HABITS[provider];
  const { peak, largest } = liveness(graph, runtimeOrder(graph));
  const state = Object.values(carried).reduce((sum, { data }) => sum + data.byteLength, 0);
  const fed = graph.inputs.reduce((sum, input) => sum + (input.name in carried ? 0 : bytesOfType(input)), 0);
  const constants = [...graph.constants.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  return { peak: base + slack * peak + copies * state + AHEAD * fed + KEPT * constants, largest };
}

/** Batches that are held while one is computed: drawn ahead, handed over, fed. */
const AHEAD = 4;
/** Constants are held while they are made, by the graph, by its file while it is written and read, and by the session. */
const KEPT = 6;
