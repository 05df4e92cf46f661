/** The memory that training takes at its peak, told from what its step asks for. */
import type { ProviderName } from "../contracts/provider.ts";
import { arenaBytes } from "./arena.ts";
import type { Demand } from "./demand.ts";

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** What a process takes beside the values of a step, measured as `docs/memory.md` tells. */
interface Habits {
  /** Bytes of the process with its code and runtime. */
  readonly base: number;
  /** Bytes that each node leaves behind in JavaScript's heap and in the runtime. */
  readonly node: number;
  /** How many times constants are held: while they are made, by the graph, its file and the session. */
  readonly constants: number;
  /** How many times the carried values are held beside those that a run makes: fed, copied out, not yet found by the collector. */
  readonly copies: number;
  /** Bytes of buffers for each byte that an arena would take. */
  readonly slack: number;
  /**
   * How many times more the carried values are held while a checkpoint is written: copied out, from a device by way of a buffer that
   * the host can read, and in its file beside the best weights.
   */
  readonly checkpoint: number;
}

const CPU: Habits = { base: 185 * MIB, node: 20 * KIB, constants: 2.5, copies: 2.6, slack: 1, checkpoint: 2.5 };

const HABITS: Readonly<Record<ProviderName, Habits>> = {
  cpu: CPU,
  wasm: { ...CPU, base: 225 * MIB },
  webgpu: { ...CPU, base: 680 * MIB, slack: 1.2, checkpoint: 3.5 },
  // float64, as numbers of eight bytes in the place of four
  reference: { ...CPU, slack: 2 },
};

/** Batches that are held while one is computed: drawn ahead, handed over, fed. */
const AHEAD = 4;

/** Bytes of the workers that draw images. */
const IMAGE_WORKERS = 50 * MIB;

/** Bytes that writing a checkpoint takes. @param carried bytes that go from step to step. */
export function checkpointMemory(carried: number, provider: ProviderName): number {
  return HABITS[provider].checkpoint * carried;
}

export interface MemoryEstimate {
  /** Bytes of resident memory at the peak of training. */
  readonly peak: number;
  /** The same of a process that does nothing but steps: without image workers and checkpoints. */
  readonly steps: number;
  /** Bytes of the largest single value. */
  readonly largest: number;
}

export function estimateMemory(demand: Demand, provider: ProviderName): MemoryEstimate {
  const steps = HABITS[provider].base + sessionMemory(demand, provider);
  return {
    peak: steps + IMAGE_WORKERS + checkpointMemory(demand.carried, provider),
    steps,
    largest: largestOf(demand),
  };
}

/** Bytes that one session takes, in a process that has others. */
export function sessionMemory(demand: Demand, provider: ProviderName): number {
  const { node, constants, copies, slack } = HABITS[provider];
  const held = node * demand.nodes + constants * demand.constants + copies * demand.carried + AHEAD * demand.fed;
  return held + slack * arenaBytes(demand.buffers, demand.sizes);
}

function largestOf({ sizes }: Demand): number {
  return [...sizes.values()].reduce((most, bytes) => Math.max(most, bytes), 0);
}
