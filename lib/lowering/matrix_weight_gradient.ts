/**
 * Gradients of matrices: dW = xᵀ·dy over all rows of a batch. ONNX Runtime's product slows down where its left operand is transposed
 * on the way (54 to 80 GFLOP/s of a core against 70 to 90), so the narrower operand is transposed beforehand, which is one cheap
 * pass.
 */
import type { Value } from "../contracts/op.ts";
import { type Graph, isStatic, type Node } from "../graph/graph.ts";
import { matmul, reshape, transpose } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { intOf } from "./attributes.ts";
import { compositeRules } from "./composites.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

/** With fewer rows the pass does not pay. */
const LEAST_ROWS = 256;

/** The same graph with products xᵀ·dy of many rows in two steps. */
export function transposeNarrowOperands(graph: Graph): Graph {
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    const value = weightGradient(node, rewriting);
    return value !== undefined && rewriting.replace(node, value);
  });
}

function weightGradient(node: Node, rewriting: Rewriting): Value | undefined {
  if (node.op !== "Gemm" || node.inputs.length > 2 || "alpha" in node.attrs) return undefined;
  if (intOf(node.attrs, "transA", 0) === 0 || intOf(node.attrs, "transB", 0) !== 0) return undefined;
  const [x, dy] = node.inputs.map((name) => rewriting.value(name));
  if (!isStatic(x.shape) || !isStatic(dy.shape) || x.shape[0] < LEAST_ROWS) return undefined;
  return x.shape[1] <= dy.shape[1] ? product(x, dy) : transpose(product(dy, x), [1, 0]);
}

/** aᵀ·b. The axis of length 1 keeps the runtime from taking the Transpose into the product again. */
function product(a: Value, b: Value): Value {
  const [rows, width] = a.shape.map(Number);
  const left = reshape(transpose(a, [1, 0]), [1, width, rows]);
  return reshape(matmul(left, b), [width, Number(b.shape[1])]);
}
