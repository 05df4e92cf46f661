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

/** With mean 1000 and deviation 1, the difference of raw moments in float32 would be noise. */
const MEAN = 1000;

const missing = block === undefined ? "the cpu provider has no blocked operators here" : undefined;

testUnless(missing, "Normalisation far from 0 keeps its digits in blocks", async () => {
  const channels = block!;
  const graph = withGradients((builder) => {
    const x = builder.input("x", "float32", [4, channels, 8, 8]);
    const [weight, bias] = ["weight", "bias"].map((name) => builder.input(name, "float32", [channels]));
    return { y: relu(normalize(x, weight, bias)), wrt: [x, weight, bias] };
  });
  const feeds = feedsOf(graph);
  feeds.x.data.forEach((value, i) => feeds.x.data[i] = Math.fround(MEAN + value));
  const wanted = evaluateNumbers(graph, feeds);
  await using session = await provider.open(encodeModel(blockImages(gatherChannelAffines(graph), channels)));
  const got = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, tensorOf(x)])));
  for (const [name, { data }] of Object.entries(wanted)) {
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const apart = data.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(got[name].data[i]))), 0);
    assert.ok(apart < 2e-3 * largest, `${name} is ${apart} apart at a size of ${largest}`);
  }
});
