/** What only shows in float32: run by the native provider, judged by the float64 interpreter. */
import { random } from "../../lib/base/random.ts";
import { toNumbers } from "../../lib/base/tensor.ts";
import { ModelDeclarations, type ModelTensor } from "../../lib/compile/scope.ts";
import type { Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { batchNorm2d } from "../../lib/nn/batch_norm.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";
import { oneMinusPower } from "../../lib/optim/optimizers/_adam.ts";
import { cpu } from "../../runners/providers/cpu.ts";
import { assertClose } from "./_run.ts";

Deno.test("batch norm keeps its digits where the mean is ten thousand times the deviation", async () => {
  const stream = random("batch norm");
  const dims = [4, 2, 8, 8];
  const data = Float32Array.from({ length: 512 }, () => 100 + 0.01 * stream.normal());
  const feeds = { x: { type: "float32", dims, data } } as const;
  const graph = normalizing(dims);
  await using session = await cpu().open(encodeModel(graph));
  const found = await session.run(feeds);
  const expected = evaluate(graph, feeds);
  assertClose(found.y, toNumbers(expected.y), 1e-2, "normalised");
  assertClose(found.variance, toNumbers(expected.variance), 1e-2, "variance");
});

/** Batch normalisation in training, with its fresh parameters as constants. */
function normalizing(dims: readonly number[]): Graph {
  const builder = createBuilder();
  const place = ({ shape, init, kind }: ModelTensor): Value => {
    const data = kind === "buffer" ? new Float32Array(shape[0]) : init.fill(shape, []);
    return builder.constant({ type: "float32", dims: shape, data });
  };
  const model = new ModelDeclarations({ builder, training: true, place });
  builder.output("y", batchNorm2d(builder.input("x", "float32", dims), model.root()));
  builder.output("variance", model.updates.get("running_var")!);
  return builder.finish();
}

Deno.test("the bias correction of Adam keeps its digits in the first steps", async () => {
  const builder = createBuilder();
  builder.output("correction", oneMinusPower(0.999, builder.input("step", "float32", [])));
  await using session = await cpu().open(encodeModel(builder.finish()));
  for (const t of [1, 2, 10, 499, 500, 501, 3000]) {
    const found = await session.run({ step: { type: "float32", dims: [], data: Float32Array.of(t) } });
    assertClose(found.correction, [-Math.expm1(t * Math.log(0.999))], 1e-6, `step ${t}`);
  }
});
