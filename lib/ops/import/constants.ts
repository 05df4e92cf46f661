/** Constant nodes as constants. */
import { scalar, type Tensor, tensor } from "../../base/tensor.ts";
import { tensorOf } from "../numbers.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Node } from "../../graph/graph.ts";

/** The data of a Constant node. @throws GraphError where it holds text or a sparse tensor. */
export function constantOf(node: Node): Tensor {
  const [attr] = Object.values(node.attrs);
  switch (attr?.kind) {
    case "tensor":
      return attr.value;
    case "int":
      return int64s([], [attr.value]);
    case "float":
      return scalar("float32", attr.value);
    case "ints":
      return int64s([attr.value.length], attr.value);
    case "floats":
      return tensor("float32", [attr.value.length], attr.value);
    default:
      throw new GraphError(
        `Cannot import Constant "${node.name}": it holds ${attr?.kind ?? "nothing"}, numbers are known`,
      );
  }
}

/** Integers, of which the greatest may stand for "to the end". */
export function int64s(dims: readonly number[], values: readonly number[]): Tensor {
  return tensorOf({ type: "int64", dims, data: Float64Array.from(values) });
}
