/** Gradients of one node, for tests that look at their values or at how they are written. */
import { tensor } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import type { Shape } from "../../lib/graph/graph.ts";
import { pullback } from "../../lib/autodiff/gradients.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { evaluateNumbers } from "../../lib/ops/evaluate.ts";

/** Operators that the gradient of `make` in its first input is written with, each once, in alphabetical order. */
export function gradientOperators(shapes: readonly Shape[], make: (inputs: readonly Value[]) => Value): string[] {
  const builder = createBuilder();
  const inputs = shapes.map((shape, i) => builder.input(`x${i}`, "float32", shape));
  const y = make(inputs);
  const before = builder.nodes.length;
  pullback(new Map([[y, builder.input("dy", "float32", y.shape)]]), inputs.slice(0, 1));
  return [...new Set(builder.nodes.slice(before).map((node) => node.rule.type))].sort();
}

/** The gradient of Σ y in the one input of these dims and values. */
export function gradientAt(
  dims: readonly number[],
  values: readonly number[],
  make: (x: Value) => Value,
): readonly number[] {
  const builder = createBuilder();
  const x = builder.input("x", "float32", dims);
  const y = make(x);
  const seed = builder.input("dy", "float32", y.shape);
  const [dx] = pullback(new Map([[y, seed]]), [x]);
  if (dx === null) throw new TypeError("Cannot take the gradient: y does not depend on x");
  builder.output("dx", dx);
  const ones = Float64Array.from({ length: (y.shape as number[]).reduce((a, b) => a * b, 1) }, () => 1);
  const results = evaluateNumbers(builder.finish(), {
    x: { type: "float32", dims, data: Float64Array.from(values) },
    dy: { type: "float32", dims: y.shape as number[], data: ones },
  });
  return Array.from(results.dx.data);
}

/** An int64 vector among the constants of `like`'s graph. */
export function vector(like: Value, values: readonly number[]): Value {
  return like.builder.constant(tensor("int64", [values.length], values));
}
