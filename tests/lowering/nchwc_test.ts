/** The rules of the blocked operators against the runtime that has them. */
import assert from "node:assert/strict";
import { int, ints, string } from "../../lib/graph/graph.ts";
import type { Attrs } from "../../lib/graph/graph.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { NCHWC, nchwcRules } from "../../lib/lowering/nchwc.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { evaluateNumbers } from "../../lib/ops/evaluate.ts";
import { rules } from "../../lib/ops/rules/mod.ts";
import { tensorOf } from "../../lib/ops/numbers.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { testUnless } from "../_present.ts";
import { feedsOf } from "./_equal.ts";

const provider = createProvider("cpu");
const block = await provider.unavailable() === undefined ? await provider.blockSize?.() : undefined;
const missing = block === undefined ? "the cpu provider has no blocked operators here" : undefined;
const b = block ?? 8;

const window = { strides: ints([1, 1]), dilations: ints([1, 1]), pads: ints([1, 1, 1, 1]), kernel_shape: ints([3, 3]) };

interface Case {
  readonly name: string;
  readonly op: string;
  readonly shapes: readonly (readonly number[] | null)[];
  readonly attrs: Attrs;
}

const CASES: readonly Case[] = [
  { name: "ReorderInput", op: "ReorderInput", shapes: [[2, 2 * b, 3, 2]], attrs: {} },
  { name: "ReorderInput of rows", op: "ReorderInput", shapes: [[2, 3, 2, 2 * b]], attrs: { channels_last: int(1) } },
  { name: "ReorderOutput", op: "ReorderOutput", shapes: [[2, 2 * b, 3, 2]], attrs: { channels: int(2 * b) } },
  {
    name: "ReorderOutput to rows",
    op: "ReorderOutput",
    shapes: [[2, 2 * b, 3, 2]],
    attrs: { channels: int(2 * b), channels_last: int(1) },
  },
  { name: "Conv", op: "Conv", shapes: [[2, 2 * b, 5, 4], [b, 2 * b, 3, 3]], attrs: { ...window, group: int(1) } },
  {
    name: "Conv with bias, sum and relu",
    op: "Conv",
    shapes: [[2, b, 5, 4], [2 * b, b, 3, 3], [2 * b], [2, 2 * b, 5, 4]],
    attrs: { ...window, group: int(1), activation: string("Relu") },
  },
  {
    name: "Conv of plain channels",
    op: "Conv",
    shapes: [[2, 3, 6, 6], [b, 3, 3, 3]],
    attrs: { ...window, group: int(1), strides: ints([2, 2]) },
  },
  {
    name: "depthwise Conv",
    op: "Conv",
    shapes: [[2, 2 * b, 3, 3], [2 * b, 1, 1, 1], null, [2, 2 * b, 3, 3]],
    attrs: { ...window, kernel_shape: ints([1, 1]), pads: ints([0, 0, 0, 0]), group: int(2 * b) },
  },
  { name: "MaxPool", op: "MaxPool", shapes: [[2, b, 6, 6]], attrs: { ...window, strides: ints([2, 2]) } },
  {
    name: "AveragePool",
    op: "AveragePool",
    shapes: [[2, b, 6, 6]],
    attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
  },
  { name: "GlobalAveragePool", op: "GlobalAveragePool", shapes: [[2, 2 * b, 3, 4]], attrs: {} },
];

for (const { name, op, shapes, attrs } of CASES) {
  testUnless(missing, `${name} in blocks`, async () => {
    const own = nchwcRules(b);
    const builder = createBuilder([...rules, ...own]);
    const inputs = shapes.map((shape, i) => shape && builder.input(`input${i}`, "float32", shape));
    builder.output("y", builder.emit(op, inputs, attrs, { domain: NCHWC })[0]);
    const graph = builder.finish();
    const feeds = feedsOf(graph);
    const wanted = evaluateNumbers(graph, feeds, undefined, [...rules, ...own]).y;
    await using session = await provider.open(encodeModel(graph));
    const given = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, tensorOf(value)]));
    const { y } = await session.run(given);
    assert.deepEqual(y.dims, wanted.dims);
    wanted.data.forEach((value, i) => {
      const apart = Math.abs(value - Number(y.data[i]));
      assert.ok(apart < 1e-4, `place ${i} holds ${y.data[i]}, the rule says ${value}`);
    });
  });
}
