/** Constant nodes as constants. */
import { scalar, type Tensor, tensor } from "../../base/tensor.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Node } from "../../graph/graph.ts";

/** The data of a Constant node. @throws GraphError where it holds text or a sparse tensor. */
export function constantOf(node: Node): Tensor {
  const [attr] = Object.values(node.attrs);
  switch (attr?.kind) {
    case "tensor":
      return attr.value;
    case "int":
      return scalar("int64", attr.value);
    case "float":
      return scalar("float32", attr.value);
    case "ints":
      return tensor("int64", [attr.value.length], attr.value);
    case "floats":
      return tensor("float32", [attr.value.length], attr.value);
    default:
      throw new GraphError(
        `Cannot import Constant "${node.name}": it holds ${attr?.kind ?? "nothing"}, numbers are known`,
      );
  }
}
