/** How long the float64 interpreter takes. */
import { sizeOf } from "../base/tensor.ts";
import { type Graph, isStatic, type Node } from "../graph/graph.ts";
import { type Types, typesOf } from "./parts.ts";

/** What it does in a second on a slow core of today: multiplications that are summed up, and other elements. */
const PRODUCTS_PER_SECOND = 3e8;
const ELEMENTS_PER_SECOND = 3e7;

/** Operators whose output elements are sums over a row, a window or a column. */
const SUMMING: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "MatMul", "Gemm"]);

/** Seconds, a rough guess. */
export function interpreterSeconds(graph: Graph): number {
  const types = typesOf(graph);
  return graph.nodes.reduce((sum, node) => sum + secondsOf(node, types), 0);
}

function secondsOf(node: Node, types: Types): number {
  const made = node.outputs.reduce((sum, name) => sum + elements(name, types), 0);
  if (!SUMMING.has(node.op)) return (made + elements(node.inputs[0], types)) / ELEMENTS_PER_SECOND;
  return products(node, made, types) / PRODUCTS_PER_SECOND;
}

/** Each element of the output is a sum over what the second operand has for it. */
function products(node: Node, made: number, types: Types): number {
  const shape = types.get(node.inputs[1])?.shape ?? [];
  const [first, second, ...kernel] = shape.map((dim) => (typeof dim === "number" ? dim : 1));
  if (node.op === "Conv") return made * second * sizeOf(kernel);
  if (node.op === "ConvTranspose") return elements(node.inputs[0], types) * second * sizeOf(kernel);
  return made * Math.min(first ?? 1, elements(node.inputs[0], types));
}

function elements(name: string | undefined, types: Types): number {
  const shape = name === undefined ? undefined : types.get(name)?.shape;
  return shape !== undefined && isStatic(shape) ? sizeOf(shape) : 1;
}
