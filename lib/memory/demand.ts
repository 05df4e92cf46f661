/** What a graph asks of memory, whatever the runtime makes of it. */
import type { Tensors } from "../base/tensor.ts";
import type { Graph } from "../graph/graph.ts";
import { bytesOfType, planBuffers, type PlannedBuffer } from "./buffers.ts";
import { runtimeOrder } from "./order.ts";

export interface Demand {
  readonly buffers: readonly PlannedBuffer[];
  /** Bytes of every value that is made or fed, by name. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly nodes: number;
  /** Bytes of constants. */
  readonly constants: number;
  /** Bytes of what goes from one run to the next. */
  readonly carried: number;
  /** Bytes of what is fed in every run. */
  readonly fed: number;
}

/**
 * @param graph as the provider runs it, that is lowered, with static shapes.
 * @param carried what goes from step to step.
 */
export function demandOf(graph: Graph, carried: Tensors): Demand {
  const sizes = new Map([...graph.types].map(([name, type]) => [name, bytesOfType(type)]));
  for (const info of [...graph.inputs, ...graph.outputs]) sizes.set(info.name, bytesOfType(info));
  const fed = graph.inputs.filter(({ name }) => !(name in carried));
  return {
    buffers: planBuffers(graph, runtimeOrder(graph)),
    sizes,
    nodes: graph.nodes.length,
    constants: sum([...graph.constants.values()].map(({ data }) => data.byteLength)),
    carried: carriedBytes(carried),
    fed: sum(fed.map(bytesOfType)),
  };
}

/**
 * The demand of a graph of the same nodes whose values have grown on: by `steps` times what they grew from `less` to `more`.
 * Undefined where those two do not have the same values.
 */
export function grown(less: Demand, more: Demand, steps: number): Demand | undefined {
  if (less.sizes.size !== more.sizes.size || [...more.sizes.keys()].some((name) => !less.sizes.has(name))) {
    return undefined;
  }
  const on = straightOn(steps);
  return {
    ...more,
    sizes: new Map([...more.sizes].map(([name, bytes]) => [name, on(less.sizes.get(name)!, bytes)])),
    constants: on(less.constants, more.constants),
    carried: on(less.carried, more.carried),
    fed: on(less.fed, more.fed),
  };
}

/** Where so many times the growth between two figures leads from the second. */
export function straightOn(steps: number): (before: number, after: number) => number {
  return (before, after) => after + steps * (after - before);
}

/** Bytes of what goes from step to step. */
export function carriedBytes(carried: Tensors): number {
  return sum(Object.values(carried).map(({ data }) => data.byteLength));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
