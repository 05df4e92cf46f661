/** A network for batches of other sizes than its file says. */
import { type Graph, isStatic, type Shape } from "../graph/graph.ts";
import { canonicalise } from "../ops/canonical.ts";
import { openBatch } from "../ops/import/open_batch.ts";
import type { ImageNetwork } from "./_onnx_input.ts";

/** A batch that is hardly another length of a network, so that it can be told from those. */
const DISTINCT = 37;

/**
 * The network in the forms of our operator set for images of `shape` [N,3,S,S], up to the value `output`. A batch that the file
 * fixes, or that is left open, is first worked out of the network's shape arguments.
 * @throws GraphError where the network cannot be imported, or its batch not be told from other lengths.
 */
export function canonicalFor({ graph, input, batch }: ImageNetwork, shape: Shape, output: string): Graph {
  const single = { ...graph, outputs: [{ name: output, type: "float32" as const }] };
  const [wanted, ...image] = shape;
  if (isStatic(shape) && (batch ?? wanted) === wanted) return withInput(single, input, shape);
  const opened = openBatch(withInput(single, input, [batch ?? DISTINCT, ...image]));
  if (!isStatic(shape)) checkNumber(opened, input, image);
  return withInput(opened, input, shape);
}

/** A length that is known by its name only fits nearly everywhere; a number shows misfits. */
function checkNumber(graph: Graph, input: string, image: Shape): void {
  withInput(graph, input, [2, ...image]);
}

function withInput(graph: Graph, name: string, shape: Shape): Graph {
  return canonicalise({ ...graph, inputs: [{ name, type: "float32", shape }], types: new Map() });
}
