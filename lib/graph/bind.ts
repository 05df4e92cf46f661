import { nearest } from "../base/errors.ts";
import { GraphError } from "./errors.ts";
import type { Graph, Shape, ValueInfo } from "./graph.ts";

/** Lengths for names and shapes for inputs. */
export interface Bindings {
  /** Lengths by their names: `{ N: 8 }`. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Whole shapes by the names of graph inputs. */
  readonly inputs?: Readonly<Record<string, Shape>>;
}

/**
 * `graph` for inputs of these shapes. Types of inner values are left out, since they may no longer hold.
 * @throws GraphError where a bound input does not exist, or has another rank or a different fixed length.
 */
export function bindShapes(graph: Graph, { dims = {}, inputs = {} }: Bindings): Graph {
  for (const name of Object.keys(inputs)) checkInput(graph, name, inputs[name]);
  const bound = (shape: Shape | undefined): Shape | undefined =>
    shape?.map((dim) => (typeof dim === "string" && Object.hasOwn(dims, dim) ? dims[dim] : dim));
  const bind = (info: ValueInfo): ValueInfo => withShape(info, inputs[info.name] ?? bound(info.shape));
  return {
    ...graph,
    inputs: graph.inputs.map(bind),
    outputs: graph.outputs.map((info) => withShape(info, bound(info.shape))),
    types: new Map(),
  };
}

function withShape({ name, type }: ValueInfo, shape: Shape | undefined): ValueInfo {
  return shape === undefined ? { name, type } : { name, type, shape };
}

function checkInput(graph: Graph, name: string, shape: Shape): void {
  const input = graph.inputs.find((info) => info.name === name);
  const wanted = `[${shape.join(", ")}]`;
  if (input === undefined) {
    const near = nearest(name, graph.inputs.map((info) => info.name));
    const hint = near === undefined
      ? `inputs are ${graph.inputs.map((info) => info.name).join(", ")}`
      : `did you mean "${near}"?`;
    throw new GraphError(`Cannot bind input "${name}" to ${wanted}: the graph has no such input, ${hint}`);
  }
  const own = input.shape ?? shape;
  const fits = own.length === shape.length && own.every((dim, i) => typeof dim === "string" || dim === shape[i]);
  if (!fits) throw new GraphError(`Cannot bind input "${name}" to ${wanted}: it is [${own.join(", ")}]`);
}
