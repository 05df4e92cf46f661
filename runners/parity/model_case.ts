/** An ONNX file with something to feed it. */
import { UserError } from "../../lib/base/errors.ts";
import { random } from "../../lib/base/random.ts";
import { isFloat, sizeOf } from "../../lib/base/tensor.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { GraphError } from "../../lib/graph/errors.ts";
import { type Graph, type Shape, staticShape, type ValueInfo } from "../../lib/graph/graph.ts";
import { canonicalise } from "../../lib/ops/canonical.ts";
import type { NumbersByName } from "../../lib/ops/evaluate.ts";
import type { ParityCase } from "../../lib/parity/mod.ts";

/** Images in a batch where the file leaves it open and the user says nothing. */
export const FEW = 2;
/** Length of any other axis that the file leaves open. */
const LENGTH = 32;

/**
 * The file's graph with every open length bound: the first axis of an input to the batch, others to 32. Inputs are seeded random
 * numbers: levels of 0 to 255 for `image`, as ageline's own files take, normal numbers for other floats, 0 to 2 for integers.
 * @param batch images; null: two where the file leaves it open.
 * @throws UserError where the file cannot be read, holds an unknown operator, or fixes another batch.
 */
export function modelCase(file: Uint8Array, batch: number | null): ParityCase {
  const graph = decodeModel(file);
  const inputs = graph.inputs.filter(({ name }) => !graph.constants.has(name));
  const shapes = Object.fromEntries(inputs.map((input) => [input.name, boundShape(input, batch)]));
  const bound = canonical(graph, shapes);
  return { graph: bound, feeds: Object.fromEntries(bound.inputs.map((input) => [input.name, drawn(input)])), file };
}

function boundShape({ name, shape }: ValueInfo, batch: number | null): Shape {
  if (shape === undefined) {
    throw new UserError(`Cannot feed "${name}": the file does not tell its shape, export it again with one`);
  }
  const [first] = shape;
  if (batch !== null && typeof first === "number" && first !== batch) {
    throw new UserError(`Cannot feed a batch of ${batch}: the file fixes "${name}" at [${shape}], leave --batch out`);
  }
  return shape.map((dim, axis) => (typeof dim === "number" ? dim : axis === 0 ? batch ?? FEW : LENGTH));
}

function canonical(graph: Graph, inputs: Readonly<Record<string, Shape>>): Graph {
  try {
    return canonicalise(graph, { inputs });
  } catch (error) {
    if (error instanceof GraphError) throw new UserError(error.message, { cause: error });
    throw error;
  }
}

/** Seeded by the input's name. */
export function drawn({ name, type, shape }: ValueInfo): NumbersByName[string] {
  const dims = staticShape(shape ?? [], `input "${name}"`);
  const stream = random("parity", name);
  const draw = (): number => {
    if (!isFloat(type)) return stream.integer(type === "bool" ? 2 : 3);
    return Math.fround(name === "image" ? stream.between(0, 255) : stream.normal());
  };
  return { type, dims, data: Float64Array.from({ length: sizeOf(dims) }, draw) };
}
