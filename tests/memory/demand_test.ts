/** What a graph asks for, and what it would ask for with larger batches. */
import assert from "node:assert/strict";
import { type Demand, demandOf, grown } from "../../lib/memory/demand.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import * as ops from "../../lib/ops/emit.ts";

const INPUTS = 8;

/** x [batch,8] times w [8,8], plus one; with `more` nodes behind. */
function demand(batch: number, more = 0): Demand {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [batch, INPUTS]);
  const w = builder.input("w", "float32", [INPUTS, INPUTS]);
  const table = builder.constant({ type: "int32", dims: [batch], data: new Int32Array(batch).fill(1) }, "table");
  let y = ops.gather(ops.matmul(x, w), table, 0);
  for (let i = 0; i < more; i++) y = ops.exp(y);
  builder.output("y", y);
  return demandOf(builder.finish(), { w: { type: "float32", dims: [8, 8], data: new Float32Array(64) } });
}

Deno.test("what is fed, carried, constant and made is told apart", () => {
  const { fed, carried, constants, nodes, buffers } = demand(100);
  assert.deepEqual({ fed, carried, constants, nodes, buffers: buffers.length }, {
    fed: 4 * 100 * INPUTS,
    carried: 4 * INPUTS * INPUTS,
    constants: 4 * 100,
    nodes: 2,
    buffers: 2,
  });
});

Deno.test("the demand of a larger batch is told from two smaller ones", () => {
  assert.deepEqual(grown(demand(100), demand(200), 3), demand(500));
  assert.equal(grown(demand(100), demand(200, 1), 3), undefined, "their nodes differ");
});
