import assert from "node:assert/strict";
import { gradients } from "../../lib/autodiff/gradients.ts";
import { sizeOf } from "../../lib/base/tensor.ts";
import { ModelDeclarations, type ModelTensor } from "../../lib/compile/scope.ts";
import type { LabelSummary } from "../../lib/contracts/model.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { heads } from "../../lib/heads/mod.ts";
import { mul, reduceSum } from "../../lib/ops/emit.ts";
import {
  assertClose,
  type Feed,
  type Numbers,
  parityTest,
  readGolden,
  readParity,
  readParityTensors,
  row,
  rows,
  run,
} from "../nn/_run.ts";

function headOf(use: string) {
  return heads.find((head) => head.name === use)!;
}

function decodeOf(use: string, params: unknown, logits: Feed, labels: LabelSummary): Numbers {
  const head = headOf(use);
  return run({ logits }, (inputs) => ({ ...head.decode(inputs.logits, labels, head.params.parse(params)) }));
}

function labelRange(first: number, last: number): LabelSummary {
  const counts = Array.from({ length: last - first + 1 }, (_, i) => i % 3 + 1);
  return { first, last, mean: (first + last) / 2, std: 2, counts };
}

const golden = readGolden("heads");

for (const { use, params, logits, age, posterior } of golden.decodings) {
  Deno.test(`head ${use} ${JSON.stringify(params)}: ages and posterior as PyTorch decodes them`, () => {
    const found = decodeOf(use, params, rows(logits), golden.labels);
    assertClose(found.age, age, 1e-12, "age");
    assert.equal("posterior" in found, posterior !== null);
    if (posterior !== null) assertClose(found.posterior, posterior.flat(), 1e-9, "posterior");
  });
}

Deno.test("coral and corn: the worked examples", () => {
  const coral = rows([[1.5, 0.7, 0, -0.8]]);
  assertClose(decodeOf("coral", {}, coral, labelRange(0, 4)).age, [2], 0, "0.5 is not above 0.5");
  assertClose(
    decodeOf("coral", { decode: "expected" }, coral, labelRange(0, 4)).age,
    [2.295788],
    1e-6,
    "expected rank",
  );
  const corn = rows([[0.5, -0.2, 0.1], [1.5, 0.8, -0.6]]);
  assertClose(decodeOf("corn", {}, corn, labelRange(0, 3)).age, [1, 2], 0, "ranks");
  const expected = [0.622459 + 0.28021 + 0.147104, 0.817574 + 0.564106 + 0.199887];
  assertClose(decodeOf("corn", { decode: "expected" }, corn, labelRange(0, 3)).age, expected, 1e-6, "cumulative");
});

Deno.test("classification: median takes the first age at half of the mass, argmax the first of equals", () => {
  const decode = (decode: string, logits: number[]) =>
    decodeOf("classification", { decode }, rows([logits]), labelRange(30, 33)).age;
  assertClose(decode("median", [0.7, 0.7, 0.7, 0.7]), [31], 0, "a quarter each");
  assertClose(decode("median", [0, 3, 3.1, 0]), [32], 0, "a little more than half above");
  assertClose(decode("argmax", [0, 3, 3, 0]), [31], 0, "equal largest");
  assertClose(decode("argmax", [-3, -2, -1, -0.5]), [33], 0, "the last");
});

Deno.test("regression is kept within the labels", () => {
  const logits: Feed = { dims: [3, 1], data: [-50, 0, 50] };
  assertClose(decodeOf("regression", {}, logits, labelRange(20, 40)).age, [20, 30, 40], 0, "age");
});

Deno.test("coral: probabilities that cross still give a posterior", () => {
  const { posterior } = decodeOf("coral", {}, rows([[-1, 1, -1, 2]]), labelRange(0, 4));
  assert.ok([...posterior.data].every((p) => p >= 0));
  assertClose({ data: [posterior.data.reduce((a, b) => a + b)] }, [1], 1e-12, "sum");
});

/** A head on features of 0: what it predicts before it has learnt, and what its parameters start from. */
function untrained(use: string, params: unknown, labels: LabelSummary) {
  const head = headOf(use);
  const checked = head.params.parse(params);
  const initial: Record<string, Float32Array> = {};
  const found = run({ features: { dims: [1, 8], data: new Float64Array(8) } }, ({ features }) => {
    const { builder } = features;
    const place = ({ name, shape, init }: ModelTensor): Value => {
      initial[name] = init.fill(shape, [1, name]);
      return builder.constant({ type: "float64", dims: shape, data: Float64Array.from(initial[name]) });
    };
    const scope = new ModelDeclarations({ builder, training: false, place }).root();
    return { ...head.decode(head.build(features, labels, checked, scope), labels, checked) };
  });
  return { found, initial };
}

Deno.test("ordinal heads start at the prior of the training labels, regression at their mean", () => {
  const counts = [40, 10, 30, 15, 5];
  const labels = { first: 20, last: 24, mean: 21.35, std: 1.3, counts };
  for (const use of ["coral", "corn"]) {
    const { found } = untrained(use, {}, labels);
    assertClose(found.posterior, counts.map((n) => n / 100), 0.02, use);
  }
  assertClose(untrained("regression", {}, labels).found.age, [21.35], 1e-12, "regression");
});

Deno.test("coral: biases never rise, whichever way they start", () => {
  const labels = { first: 20, last: 25, mean: 22, std: 1, counts: [5, 0, 0, 9, 0, 1] };
  for (const bias of ["prior", "linear"]) {
    const { coral_bias } = untrained("coral", { bias }, labels).initial;
    assert.ok(coral_bias.every((b, k) => k === 0 || b <= coral_bias[k - 1]), bias);
  }
});

Deno.test("heads name their parameters", () => {
  const names = Object.fromEntries(
    heads.map(({ name }) => [name, Object.keys(untrained(name, {}, labelRange(0, 4)).initial)]),
  );
  assert.deepEqual(names, {
    classification: ["fc.weight", "fc.bias"],
    coral: ["coral_weights.weight", "coral_bias"],
    corn: ["fc.weight", "fc.bias"],
    regression: ["fc.weight", "fc.bias"],
  });
});

for (const [use, output] of [["regression", 1], ["classification", 5], ["coral", 4], ["corn", 4]] as const) {
  Deno.test(`head ${use}: a hidden layer is ReLU of a linear layer before the logits`, () => {
    const labels = labelRange(0, 4);
    const head = headOf(use);
    const features = [[0.5, -1, 2], [1, 0.25, -0.5]];
    const initial: Record<string, Feed> = {};
    const build = (params: unknown, given: readonly (readonly number[])[]): readonly number[] => {
      const { logits } = run({ features: rows(given) }, ({ features }) => {
        const place = ({ name, shape }: ModelTensor): Value => {
          const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + name.length));
          initial[name] = { dims: shape, data };
          return features.builder.constant({ type: "float64", dims: shape, data });
        };
        const scope = new ModelDeclarations({ builder: features.builder, training: false, place }).root();
        return { logits: head.build(features, labels, head.params.parse(params), scope) };
      });
      assert.deepEqual(logits.dims, [2, output]);
      return [...logits.data];
    };
    const found = build({ hidden: 6 }, features);
    const { data: weight } = initial["hidden.weight"];
    const { data: bias } = initial["hidden.bias"];
    const inner = features.map((x) =>
      Array.from({ length: 6 }, (_, h) => Math.max(0, x.reduce((sum, v, f) => sum + v * weight[3 * h + f], bias[h])))
    );
    assert.ok(inner.flat().includes(0) && inner.flat().some((v) => v > 0));
    assertClose({ data: found }, build({}, inner), 1e-12, use);
  });
}

parityTest("head coral: logits, gradients and decoding of coral-pytorch", () => {
  const { input, state, output_logits, decoded_label, expected_rank, probabilities, losses } = readParity("coral");
  const tensors = readParityTensors("coral");
  const labels = labelRange(0, 5);
  const head = headOf("coral");
  const params = head.params.parse({});
  const placed = new Map<string, Value>();
  const feeds = {
    features: rows(input),
    "coral_weights.weight": rows(state["coral_weights.weight"]),
    coral_bias: row(state.coral_bias),
    cotangent: rows(losses["none.mean"].gradient.logits),
  };
  const found = run(feeds, (inputs) => {
    const place = ({ name, shape }: ModelTensor): Value => {
      assert.deepEqual(tensors[name].dims, shape);
      placed.set(name, inputs[name]);
      return inputs[name];
    };
    const { builder } = inputs.features;
    const scope = new ModelDeclarations({ builder, training: false, place }).root();
    const logits = head.build(inputs.features, labels, params, scope);
    const wrt = [inputs.features, ...placed.values()];
    const [dFeatures, dWeight, dBias] = gradients(reduceSum(mul(logits, inputs.cotangent), null), wrt);
    return { logits, dFeatures, dWeight, dBias };
  });
  const { gradient } = losses["none.mean"];
  assertClose(found.logits, output_logits.flat(), 1e-9, "logits");
  assertClose(found.dFeatures, gradient.input.flat(), 1e-9, "input gradient");
  assertClose(found.dWeight, gradient["coral_weights.weight"].flat(), 1e-9, "weight gradient");
  assertClose(found.dBias, gradient.coral_bias, 1e-9, "bias gradient");
  assertClose(decodeOf("coral", {}, rows(output_logits), labels).age, decoded_label, 0, "label");
  const expected = decodeOf("coral", { decode: "expected" }, rows(output_logits), labels).age;
  assertClose(expected, expected_rank, 1e-9, "expected rank");
  assert.equal(probabilities.length, expected.data.length);
});

parityTest("head coral: the evenly falling biases are coral-pytorch's", () => {
  const { initial } = untrained("coral", { bias: "linear" }, labelRange(0, 5));
  assertClose({ data: initial.coral_bias }, readParity("coral").default_bias_at_construction, 1e-7, "biases");
});

parityTest("head corn: decoding of coral-pytorch", () => {
  for (const [name, { logits, decoded_label, cumulative }] of Object.entries<CornCase>(readParity("corn").cases)) {
    const found = decodeOf("corn", {}, rows(logits), labelRange(0, 4));
    assertClose(found.age, decoded_label, 0, `${name} label`);
    const last = cumulative.map((p) => p[p.length - 1]);
    assertClose({ data: [...found.posterior.data].filter((_, i) => i % 5 === 4) }, last, 1e-9, `${name} P(last)`);
  }
});

interface CornCase {
  readonly logits: number[][];
  readonly decoded_label: number[];
  readonly cumulative: number[][];
}

parityTest("head classification: the prediction beside the adaptive mean-residue loss", () => {
  for (const { classes, start, logits, prediction } of readParity("amr").cases) {
    const found = decodeOf("classification", {}, rows(logits), labelRange(start, start + classes - 1));
    assertClose(found.age, prediction, 1e-9, `${classes} classes`);
  }
});
