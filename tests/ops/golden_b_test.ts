/** Operators against the numbers of ONNX Runtime: windows, matrices, moments, indices, scans. */
import assert from "node:assert/strict";
import { sizeOf, tensor } from "../../lib/base/tensor.ts";
import type { DType } from "../../lib/base/tensor.ts";
import type { Numbers } from "../../lib/contracts/op.ts";
import type { Attrs } from "../../lib/graph/graph.ts";
import { Registry } from "../../lib/ops/registry.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

interface Described {
  readonly type: DType;
  readonly dims: readonly number[];
  readonly data?: readonly number[];
  readonly salt?: number;
  readonly positive?: boolean;
}

interface Case {
  readonly op: string;
  readonly attrs: Attrs;
  readonly inputs: readonly (Described | null)[];
  readonly outputs: readonly Described[];
}

const golden: { cases: readonly Case[] } = JSON.parse(
  Deno.readTextFileSync(new URL("../../fixtures/ops/ops_b.json", import.meta.url)),
);

/** The input as scripts/oracle/ops_b.py makes it. */
function materialise({ type, dims, data, salt = 0, positive }: Described): Numbers {
  if (data) return { type, dims, data: Float64Array.from(data) };
  const values = Float64Array.from({ length: sizeOf(dims) }, (_, i) => {
    const value = ((i * 7919 + salt * 104729 + 17) % 1009) / 256 - 2;
    return positive ? value / 2 + 1.25 : value;
  });
  return { type, dims, data: values };
}

/** Largest difference in units of 1 + |expected|. */
function distance(got: Float64Array, expected: readonly number[]): number {
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(got[i] - value) / (1 + Math.abs(value))), 0);
}

const registry = new Registry(rules);

for (const [i, { op, attrs, inputs, outputs }] of golden.cases.entries()) {
  const shapes = inputs.map((input) => (input ? `[${input.dims}]` : "none")).join(" ");
  const settings = Object.entries(attrs).map(([name, attr]) => `${name}=${attr.value}`).join(" ");
  Deno.test(`golden ${i}: ${op} ${shapes} ${settings}`, () => {
    const given = inputs.map((input) => input && materialise(input));
    const rule = registry.get(op, "", "case");
    const types = given.map((x) => x && { type: x.type, shape: x.dims });
    const constants = inputs.map((input) => input?.data && tensor(input.type, input.dims, input.data));
    const inferred = rule.infer(types, attrs, constants, outputs.length);
    assert.deepEqual(inferred, outputs.map(({ type, dims }) => ({ type, shape: dims })));
    const results = rule.compute(given, attrs, outputs.length);
    assert.equal(results.length, outputs.length);
    outputs.forEach((expected, at) => {
      assert.deepEqual({ type: results[at].type, dims: results[at].dims }, {
        type: expected.type,
        dims: expected.dims,
      });
      assert.equal(results[at].data.length, sizeOf(expected.dims));
      assert.ok(distance(results[at].data, expected.data ?? []) < 2e-6, `output ${at} differs`);
    });
  });
}
