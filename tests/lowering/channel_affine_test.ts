import assert from "node:assert/strict";
import { gatherChannelAffines } from "../../lib/lowering/channel_affine.ts";
import { writePlainForms } from "../../lib/lowering/plain_forms.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, div, mul, neg, relu, sub } from "../../lib/ops/emit.ts";
import type { Graph, Node } from "../../lib/graph/graph.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { blockGraph, normalize, withGradients } from "./_graphs.ts";

/** Nodes that give a whole image. */
function passes(graph: Graph): readonly Node[] {
  const isImage = (name: string): boolean => {
    const shape = graph.types.get(name)?.shape ?? graph.outputs.find((output) => output.name === name)?.shape;
    return shape !== undefined && shape.length === 4 && Number(shape[2]) > 1;
  };
  return graph.nodes.filter((node) => isImage(node.outputs[0]));
}

Deno.test("Batch normalisation and its gradient take few passes and stay equal", () => {
  const before = withGradients((builder) => {
    const x = builder.input("x", "float32", [3, 4, 5, 5]);
    const [weight, bias] = ["weight", "bias"].map((name) => builder.input(name, "float32", [4]));
    return { y: relu(normalize(x, weight, bias)), wrt: [x, weight, bias] };
  });
  const after = gatherChannelAffines(before);
  assertEqualGraphs(before, after);
  assert.equal(count(after, "ChannelAffine"), 3); // centred, normalised, the gradient of x
  assert.equal(passes(after).length, passes(before).length - 8);
  assertEqualGraphs(before, writePlainForms(after));
});

Deno.test("A residual block stays equal", () => {
  const before = blockGraph(3, 4, 2);
  const after = gatherChannelAffines(before);
  assertEqualGraphs(before, after);
  assertEqualGraphs(before, writePlainForms(after));
});

Deno.test("An image that is added to itself counts twice", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [2, 3, 2, 2]);
  const channel = builder.input("channel", "float32", [1, 3, 1, 1]);
  builder.output("twice", relu(add(x, x)));
  builder.output("more", relu(add(add(mul(x, channel), x), x)));
  const before = builder.finish();
  assertEqualGraphs(before, gatherChannelAffines(before));
});

Deno.test("Differences and signs are kept, on either side", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [2, 3, 2, 2]);
  const y = builder.input("y", "float32", [2, 3, 2, 2]);
  const channel = builder.input("channel", "float32", [1, 3, 1, 1]);
  builder.output("left", relu(sub(channel, x)));
  builder.output("right", relu(sub(mul(x, 2), channel)));
  builder.output("both", relu(sub(neg(x), mul(y, channel))));
  builder.output("image", sub(mul(x, channel), y));
  const before = builder.finish();
  const after = gatherChannelAffines(before);
  assert.ok(count(after, "ChannelAffine") >= 3);
  assertEqualGraphs(before, after);
});

Deno.test("A channel operand that widens the image is left alone", () => {
  const builder = createBuilder();
  const gray = builder.input("gray", "float32", [2, 1, 3, 3]);
  const channel = builder.input("channel", "float32", [1, 4, 1, 1]);
  builder.output("scaled", relu(mul(gray, channel)));
  builder.output("shifted", relu(add(channel, gray)));
  builder.output("divided", relu(div(gray, add(mul(channel, channel), 1))));
  const before = builder.finish();
  const after = gatherChannelAffines(before);
  assert.equal(count(after, "ChannelAffine"), 0);
  assertEqualGraphs(before, after);
});
