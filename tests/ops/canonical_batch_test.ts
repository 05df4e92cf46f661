/** Networks whose files hold the batch as a number, for any batch. */
import assert from "node:assert/strict";
import { tensor, toNumbers } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { canonicalise } from "../../lib/ops/canonical.ts";
import * as op from "../../lib/ops/emit.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";
import { placeAfterReshape } from "../../lib/ops/import/batch_place.ts";
import { openBatch } from "../../lib/ops/import/open_batch.ts";

/** A network of images [batch,3,4,4], given the batch. */
type Network = (images: Value, batch: number) => Value;

function graphOf(network: Network, batch: number): Graph {
  const builder = createBuilder();
  builder.output("y", network(builder.input("x", "float32", [batch, 3, 4, 4]), batch));
  return builder.finish();
}

const TOKENS = 16;

/** [N,3,4,4] to tokens [N,16,3]. */
function tokens(images: Value, batch: number): Value {
  return op.transpose(op.reshape(images, [batch, 3, TOKENS]), [0, 2, 1]);
}

const NETWORKS: Readonly<Record<string, Network>> = {
  "features laid side by side": (x, batch) => op.reshape(x, [batch, 48]),
  "a class token": (x, batch) => {
    const token = x.builder.constant(tensor("float32", [1, 1, 3], [1, 2, 3]), "token");
    return op.concat([op.expand(token, [batch, 1, 3]), tokens(x, batch)], 1);
  },
  "windows and back": (x, batch) => {
    const split = op.transpose(op.reshape(x, [batch, 3, 2, 2, 2, 2]), [0, 2, 4, 3, 5, 1]);
    const windows = op.softmax(op.reshape(split, [batch * 4, 4, 3]), 1);
    const whole = op.transpose(op.reshape(windows, [batch, 2, 2, 2, 2, 3]), [0, 5, 1, 3, 2, 4]);
    return op.reshape(whole, [batch, 3, 4, 4]);
  },
  "heads with the batch behind the tokens": (x, batch) => {
    const first = op.transpose(tokens(x, batch), [1, 0, 2]);
    const heads = op.transpose(op.reshape(first, [TOKENS, batch * 3, 1]), [1, 0, 2]);
    const mixed = op.softmax(op.matmul(heads, op.transpose(heads, [0, 2, 1])));
    const back = op.transpose(op.matmul(mixed, heads), [1, 0, 2]);
    const flat = op.reshape(op.reshape(back, [TOKENS, batch, 3, 1]), [TOKENS * batch, 3]);
    const matrix = x.builder.constant(tensor("float32", [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 10]), "matrix");
    return op.transpose(op.reshape(op.gemm(flat, matrix, null), [TOKENS, batch, 3]), [1, 0, 2]);
  },
  "lengths as those of another value": (x, batch) => {
    const norm = op.clip(op.reduceMean(tokens(x, batch), [2], true), 0.1, null);
    return op.div(tokens(x, batch), op.expand(norm, [batch, TOKENS, 3]));
  },
};

function images(batch: number) {
  return tensor("float32", [batch, 3, 4, 4], Float64Array.from({ length: batch * 48 }, (_, i) => Math.sin(i)));
}

for (const [name, network] of Object.entries(NETWORKS)) {
  for (const fixed of [1, 37]) {
    Deno.test(`${name}, written for ${fixed}: any batch`, () => {
      const opened = openBatch(canonicalise(graphOf(network, fixed)));
      assert.equal(opened.outputs[0].shape?.[0], "N");
      const expected = evaluate(graphOf(network, 3), { x: images(3) }).y;
      const got = evaluate(opened, { x: images(3) }).y;
      assert.deepEqual(got.dims, expected.dims);
      const wanted = toNumbers(expected);
      toNumbers(got).forEach((y, i) => assert.ok(Math.abs(y - wanted[i]) < 1e-6, `${i}: ${y}, not ${wanted[i]}`));
    });
  }
}

Deno.test("a reshape keeps what lies outside the batch", () => {
  const start = { axis: 0, outer: 1 };
  assert.deepEqual(placeAfterReshape([2, 3, 4], start, [2, 12], 2), start);
  assert.deepEqual(placeAfterReshape([8, 3], start, [2, 4, 3], 2), start);
  assert.deepEqual(placeAfterReshape([5, 2, 6], { axis: 1, outer: 1 }, [10, 6], 2), { axis: 0, outer: 5 });
  assert.deepEqual(placeAfterReshape([10, 6], { axis: 0, outer: 5 }, [5, 2, 6], 2), { axis: 1, outer: 1 });
  assert.equal(placeAfterReshape([5, 2, 6], { axis: 1, outer: 1 }, [4, 15], 2), undefined);
});

Deno.test("a batch that got lost among other lengths is refused", () => {
  const turned = graphOf((x) => op.reshape(op.transpose(op.reshape(x, [2, 48]), [1, 0]), [32, 3]), 2);
  assert.throws(
    () => openBatch(turned),
    /Cannot free the batch of Reshape "Reshape_2".*export the network for any batch/,
  );
});

Deno.test("looking up a vector in its own order is a Reshape, in another it is not", () => {
  const looked = (order: readonly number[]): readonly string[] => {
    const builder = createBuilder();
    const x = builder.input("x", "float32", [4]);
    builder.output("y", op.gather(x, builder.constant(tensor("int64", [2, 2], order))));
    return canonicalise(builder.finish()).nodes.map((node) => node.op);
  };
  assert.deepEqual(looked([0, 1, 2, 3]), ["Reshape"]);
  assert.deepEqual(looked([0, 2, 1, 3]), ["Gather"]);
});
