/** The library door, used as a program would. */
import assert from "node:assert/strict";
import { z } from "zod";
import {
  createProvider,
  decodeModel,
  defineLoss,
  defineMetric,
  differentiate,
  encodeModel,
  type Graph,
  loadPipeline,
  memoryStore,
  nn,
  openModel,
  openWorld,
  ops,
  PipelineError,
  planPipeline,
  runPipeline,
  tensor,
  UserError,
} from "../mod.ts";
import { fewFaces, SMALL } from "./runners/cli/_command.ts";

/** The sum of the squares of three numbers. */
const SQUARES: Graph = {
  name: "squares",
  nodes: [
    { name: "square", op: "Mul", domain: "", inputs: ["x", "x"], outputs: ["squared"], attrs: {} },
    {
      name: "sum",
      op: "ReduceSum",
      domain: "",
      inputs: ["squared"],
      outputs: ["y"],
      attrs: { keepdims: { kind: "int", value: 0 } },
    },
  ],
  inputs: [{ name: "x", type: "float32", shape: [3] }],
  outputs: [{ name: "y", type: "float32", shape: [] }],
  constants: new Map(),
  types: new Map(),
  opsets: { "": 18 },
  irVersion: 9,
  metadata: { made: "by hand" },
};

for (const provider of ["reference", "wasm"] as const) {
  Deno.test({
    name: `a model is written, read, differentiated and run on ${provider}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const graph = decodeModel(encodeModel(SQUARES));
      assert.equal(graph.metadata.made, "by hand");
      const bytes = encodeModel(differentiate(graph, { loss: "y", wrt: ["x"] }));
      await using session = await openModel(bytes, { provider });
      const { y, "grad/x": gradient } = await session.run({ x: tensor("float32", [3], [1, -2, 3]) });
      assert.equal(y.data[0], 14);
      assert.deepEqual([...gradient.data], [2, -4, 6]);
    },
  });
}

const absolute = defineLoss({
  name: "absolute",
  about: "The absolute error, again",
  params: z.strictObject({ strength: z.number().positive().max(10).default(1) }),
  accepts: ["value"],
  build(logits, targets, labels, { strength }) {
    const error = ops.sub(logits, nn.normalizedTarget(targets.value, labels));
    return ops.mul(ops.reduceMean(ops.abs(error), null), strength);
  },
});

const worst = defineMetric({
  name: "worst",
  about: "The largest error",
  params: z.strictObject({}),
  better: "lower",
  unit: "years",
  measure: (predictions) => Math.max(...predictions.map(({ age, predicted }) => Math.abs(age - predicted))),
});

const plugins = { losses: [absolute], metrics: [worst] };
const REGRESSION = "pipelines/regression.yaml";

Deno.test("a plug-in of one's own is checked like the built-in ones", async () => {
  const wrong = loadPipeline(REGRESSION, { plugins, overrides: ["loss={ use: absolute, strenght: 2 }", "head=coral"] });
  await assert.rejects(wrong, (error) => {
    assert.ok(error instanceof PipelineError && error instanceof UserError);
    assert.match(error.message, /unknown value "loss\.strenght"; did you mean "loss\.strength"\?/);
    assert.match(error.message, /loss "absolute" needs a value, head "coral" gives rank logits/);
    return true;
  });
  await assert.rejects(loadPipeline(REGRESSION, { overrides: ["loss=absolute"] }), /unknown loss "absolute"/);
});

Deno.test({
  name: "a pipeline with plug-ins of one's own is planned and run, and the run is cached",
  ignore: await createProvider("cpu").unavailable() !== undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const overrides = [...SMALL, "loss=absolute", "evaluate.metrics=[mae, worst]", `dataset.path=${fewFaces()}`];
    const pipeline = await loadPipeline(REGRESSION, { plugins, overrides });
    await using world = openWorld({ provider: createProvider("cpu"), cache: memoryStore() });
    const before = await planPipeline(pipeline, world);
    assert.ok(before.stages.every(({ status }) => status === "miss"));
    const run = await runPipeline(pipeline, world);
    const { test } = JSON.parse(await (await run.open("evaluate.metrics")).text());
    assert.ok(test.worst >= test.mae && test.mae > 0);
    const after = await planPipeline(pipeline, world);
    assert.deepEqual(after.stages.map(({ key }) => key), run.stages.map(({ key }) => key));
    assert.ok(after.stages.every(({ status }) => status === "hit"));
  },
});
