/** Float32 beside float64 where rounding could eat the result. */
import assert from "node:assert/strict";
import { encodeModel } from "../../lib/graph/encode.ts";
import { blockImages } from "../../lib/lowering/blocked.ts";
import { gatherChannelAffines } from "../../lib/lowering/channel_affine.ts";
import { evaluateNumbers } from "../../lib/ops/evaluate.ts";
import { relu } from "../../lib/ops/emit.ts";
import { tensorOf } from "../../lib/ops/numbers.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { testUnless } from "../_present.ts";
import { feedsOf } from "./_equal.ts";
import { normalize, withGradients } from "./_graphs.ts";

const provider = createProvider("cpu");
const block = await provider.unavailable() === undefined ? await provider.blockSize?.() : undefined;

/** Means of a deviation of 1, with the errors allowed. At 1000, the difference of raw moments in float32 would be noise. */
const CASES = [
  { mean: 3, tolerance: 2e-6 },
  { mean: 1000, tolerance: 5e-4 },
];

const missing = block === undefined ? "the cpu provider has no blocked operators here" : undefined;

for (const { mean, tolerance } of CASES) {
  testUnless(missing, `Normalisation at a mean of ${mean} deviations keeps its digits in blocks`, async () => {
    const channels = block!;
    const graph = withGradients((builder) => {
      const x = builder.input("x", "float32", [4, channels, 28, 28]);
      const [weight, bias] = ["weight", "bias"].map((name) => builder.input(name, "float32", [channels]));
      return { y: relu(normalize(x, weight, bias)), wrt: [x, weight, bias] };
    });
    const feeds = feedsOf(graph);
    feeds.x.data.forEach((value, i) => feeds.x.data[i] = Math.fround(mean + value));
    const wanted = evaluateNumbers(graph, feeds);
    await using session = await provider.open(encodeModel(blockImages(gatherChannelAffines(graph), channels)));
    const got = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, tensorOf(x)])));
    for (const [name, { data }] of Object.entries(wanted)) {
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const apart = data.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(got[name].data[i]))), 0);
      assert.ok(apart < tolerance * largest, `${name} is ${apart} apart at a size of ${largest}`);
    }
  });
}
