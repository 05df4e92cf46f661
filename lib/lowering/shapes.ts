/** What a finished graph tells of the shapes of its values. */
import type { Graph, Shape } from "../graph/graph.ts";

/** Shapes of the values of a graph, where they are known. */
export type Shapes = ReadonlyMap<string, Shape>;

export function shapesOf({ constants, types, inputs, outputs }: Graph): Shapes {
  const shapes = new Map<string, Shape>();
  for (const [name, { dims }] of constants) shapes.set(name, dims);
  for (const [name, { shape }] of types) shapes.set(name, shape);
  for (const { name, shape } of [...inputs, ...outputs]) if (shape) shapes.set(name, shape);
  return shapes;
}
