/** Element-wise, reduction and movement operators against what ONNX Runtime computes (fixtures/ops/nodes_a.json). */
import assert from "node:assert/strict";
import { type DType, isFloat, type Tensor } from "../../lib/base/tensor.ts";
import type { Numbers, OpRule } from "../../lib/contracts/op.ts";
import type { Attr, Attrs } from "../../lib/graph/graph.ts";
import { tensorOf } from "../../lib/ops/numbers.ts";
import { activation } from "../../lib/ops/rules/activation.ts";
import { argExtreme } from "../../lib/ops/rules/arg_extreme.ts";
import { arithmetic } from "../../lib/ops/rules/arithmetic.ts";
import { cast } from "../../lib/ops/rules/cast.ts";
import { clip } from "../../lib/ops/rules/clip.ts";
import { comparison } from "../../lib/ops/rules/comparison.ts";
import { concatSplit } from "../../lib/ops/rules/concat_split.ts";
import { dropout } from "../../lib/ops/rules/dropout.ts";
import { layout } from "../../lib/ops/rules/layout.ts";
import { pad } from "../../lib/ops/rules/pad.ts";
import { power } from "../../lib/ops/rules/power.ts";
import { reduction } from "../../lib/ops/rules/reduction.ts";
import { reshape } from "../../lib/ops/rules/reshape.ts";
import { shape } from "../../lib/ops/rules/shape.ts";
import { slice } from "../../lib/ops/rules/slice.ts";
import { smoothActivation } from "../../lib/ops/rules/smooth_activation.ts";
import { softmax } from "../../lib/ops/rules/softmax.ts";
import { unary } from "../../lib/ops/rules/unary.ts";

/** A tensor as the file holds it: numbers that JSON cannot hold are texts. */
interface Written {
  readonly type: DType;
  readonly dims: readonly number[];
  readonly data: readonly (number | string)[];
}

interface Case {
  readonly op: string;
  readonly attrs: Readonly<Record<string, Attr | { readonly kind: "tensor"; readonly value: Written }>>;
  readonly inputs: readonly (Written | null)[];
  readonly outputs: readonly Written[];
}

const rules: readonly OpRule[] = [
  activation,
  argExtreme,
  arithmetic,
  cast,
  clip,
  comparison,
  concatSplit,
  dropout,
  layout,
  pad,
  power,
  reduction,
  reshape,
  shape,
  slice,
  smoothActivation,
  softmax,
  unary,
].flat();

const golden = new URL("../../fixtures/ops/nodes_a.json", import.meta.url);
const cases: readonly Case[] = JSON.parse(Deno.readTextFileSync(golden)).cases;

function read({ type, dims, data }: Written): Numbers {
  const round = type === "float32" ? Math.fround : Number;
  return { type, dims, data: Float64Array.from(data, (x) => round(NAMED[x] ?? Number(x))) };
}

/** How numpy spells what JSON cannot hold. */
const NAMED: Readonly<Record<string, number>> = { inf: Infinity, "-inf": -Infinity, nan: NaN };

function attrsOf(attrs: Case["attrs"]): Attrs {
  const entries = Object.entries(attrs).map(([name, attr]): [string, Attr] => {
    if (attr.kind !== "tensor") return [name, attr];
    return [name, { kind: "tensor", value: tensorOf(read(attr.value as Written)) }];
  });
  return Object.fromEntries(entries);
}

/** float32 results carry its rounding; all other types are met to the last digits of float64. */
function assertClose(made: Numbers, wanted: Numbers, about: string): void {
  const relative = wanted.type === "float32" ? 2e-6 : isFloat(wanted.type) ? 1e-14 : 0;
  wanted.data.forEach((x, i) => {
    const isSame = Object.is(made.data[i], x) || made.data[i] === x;
    const isNear = Math.abs(made.data[i] - x) <= relative * Math.max(Math.abs(x), 1);
    assert.ok(isSame || isNear, `${about}, element ${i}: ${made.data[i]}, expected ${x}`);
  });
}

for (const op of new Set(cases.map((item) => item.op))) {
  Deno.test(`golden ${op}`, () => {
    const rule = rules.find((item) => item.type === op);
    assert.ok(rule);
    for (const { attrs: written, inputs, outputs } of cases.filter((item) => item.op === op)) {
      const about = `${JSON.stringify(written)} of ${inputs.map((x) => x && `${x.type}[${x.dims}]`).join(", ")}`;
      const attrs = attrsOf(written);
      const given = inputs.map((x) => x && read(x));
      const constants = given.map((x): Tensor | undefined => (x ? tensorOf(x) : undefined));
      const types = given.map((x) => x && { type: x.type, shape: x.dims });
      const wanted = outputs.map(read);
      const wantedTypes = wanted.map(({ type, dims }) => ({ type, shape: dims }));
      assert.deepEqual(rule.infer(types, attrs, constants, outputs.length), wantedTypes, about);
      rule.compute(given, attrs, outputs.length).forEach((made, i) => {
        assert.deepEqual([made.type, made.dims], [wanted[i].type, wanted[i].dims], about);
        assertClose(made, wanted[i], about);
      });
    }
  });
}

Deno.test("every operator of these families has a golden case", () => {
  const covered = new Set(cases.map((item) => item.op));
  assert.deepEqual(rules.map((rule) => rule.type).filter((type) => !covered.has(type)), []);
});
