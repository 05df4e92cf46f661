import assert from "node:assert/strict";
import { gradients } from "../../lib/autodiff/gradients.ts";
import type { LabelSummary } from "../../lib/contracts/model.ts";
import { losses } from "../../lib/losses/mod.ts";
import {
  assertClose,
  type Feed,
  type Numbers,
  parityTest,
  readGolden,
  readParity,
  row,
  rows,
  run,
} from "../nn/_run.ts";

interface Sample {
  readonly logits: Feed;
  readonly target: readonly number[];
  readonly weight?: readonly number[];
  readonly labels: LabelSummary;
}

/** Loss and gradient on the logits, in float64. */
function lossOf(use: string, params: unknown, { logits, target, weight, labels }: Sample): Numbers {
  const plugin = losses.find((loss) => loss.name === use)!;
  const feeds = { logits, target: row(target), weight: row(weight ?? target.map(() => 1)) };
  return run(feeds, (inputs) => {
    const targets = { value: inputs.target, weight: inputs.weight };
    const loss = plugin.build(inputs.logits, targets, labels, plugin.params.parse(params));
    return { loss, gradient: gradients(loss, [inputs.logits])[0] };
  });
}

function labelRange(first: number, last: number, labels: readonly number[] = []): LabelSummary {
  const counts = Array.from({ length: last - first + 1 }, (_, i) => labels.filter((y) => y === first + i).length);
  return { first, last, mean: (first + last) / 2, std: 2, counts };
}

const golden = readGolden("heads");

for (const { use, params, logits, loss, gradient } of golden.losses) {
  Deno.test(`loss ${use} ${JSON.stringify(params)}: value and gradient as PyTorch computes them`, () => {
    const { target, weight, labels } = golden;
    const found = lossOf(use, params, { logits: rows(logits), target, weight, labels });
    assertClose(found.loss, [loss], 1e-9, "loss");
    assertClose(found.gradient, gradient.flat(), 1e-9, "gradient");
  });
}

Deno.test("amr: the worked example with five ages", () => {
  const found = lossOf("amr", {}, { logits: rows([[0.2, 1, -0.5, 0.7, 0.1]]), target: [3], labels: labelRange(0, 4) });
  assertClose(found.loss, [1.501256], 1e-6, "loss");
  assertClose(found.gradient, [0.230062, 0.41758, 0.081494, -0.808581, 0.079444], 1e-6, "gradient");
});

Deno.test("coral and corn: the worked examples", () => {
  const coral = rows([[1.2, 0.4, -0.3, -1.1].map((bias) => 0.3 + bias)]);
  assertClose(
    lossOf("coral", {}, { logits: coral, target: [2], labels: labelRange(0, 4) }).loss,
    [1.668847],
    1e-6,
    "coral",
  );
  const corn = rows([[0.5, -0.2, 0.1], [1.5, 0.8, -0.6]]);
  assertClose(
    lossOf("corn", {}, { logits: corn, target: [1, 3], labels: labelRange(0, 3) }).loss,
    [0.536444],
    1e-6,
    "corn",
  );
});

Deno.test("ce of an untrained net is the logarithm of the number of ages", () => {
  const logits: Feed = { dims: [2, 101], data: new Float64Array(202) };
  assertClose(
    lossOf("ce", {}, { logits, target: [0, 64], labels: labelRange(0, 100) }).loss,
    [Math.log(101)],
    1e-12,
    "ce",
  );
});

Deno.test("rank losses stay finite and exact for extreme logits, at 0 included", () => {
  for (const use of ["coral", "corn"]) {
    const found = lossOf(use, {}, { logits: rows([[1000, -1000, 0]]), target: [3], labels: labelRange(0, 3) });
    const pairs = use === "corn" ? 3 : 1;
    assertClose(found.loss, [(1000 + Math.LN2) / pairs], 1e-12, `${use} loss`);
    assertClose(found.gradient, [0, -1 / pairs, -0.5 / pairs], 1e-12, `${use} gradient`);
  }
});

Deno.test("a batch without weight has loss 0 and gradient 0", () => {
  for (const { use, params, logits } of golden.losses) {
    const weight = golden.weight.map(() => 0);
    const found = lossOf(use, params, { logits: rows(logits), target: golden.target, weight, labels: golden.labels });
    assert.ok([...found.loss.data, ...found.gradient.data].every((x) => x === 0), use);
  }
});

/** The reference keeps its importance weights in float32. */
const IMPORTANCES = [["none.mean", false, 1e-9], ["task_importance.mean", true, 1e-7]] as const;

parityTest("loss coral: values and gradients of coral-pytorch", () => {
  const { output_logits, labels, losses: cases, extreme, configuration } = readParity("coral");
  const logits = rows(output_logits);
  for (const [name, importance, tolerance] of IMPORTANCES) {
    const range = labelRange(0, 5, configuration.labels);
    const found = lossOf("coral", { importance }, { logits, target: labels, labels: range });
    assertClose(found.loss, [cases[name].loss], tolerance, name);
    assertClose(found.gradient, cases[name].gradient.logits.flat(), tolerance, `${name} gradient`);
  }
  const target = configuration.extreme_labels;
  const found = lossOf("coral", {}, { logits: rows(extreme.logits), target, labels: labelRange(0, 4) });
  assertClose(found.loss, [extreme.loss], 1e-9, "extreme");
  assertClose(found.gradient, extreme.gradient.flat(), 1e-9, "extreme gradient");
});

parityTest("loss corn: values and gradients of coral-pytorch", () => {
  for (const [name, { logits, labels, loss, gradient }] of Object.entries<ParityCase>(readParity("corn").cases)) {
    const found = lossOf("corn", {}, { logits: rows(logits), target: labels, labels: labelRange(0, 4) });
    assertClose(found.loss, [loss], 1e-9, name);
    assertClose(found.gradient, gradient.flat(), 1e-9, `${name} gradient`);
  }
});

interface ParityCase {
  readonly logits: number[][];
  readonly labels: number[];
  readonly loss: number;
  readonly gradient: number[][];
}

parityTest("loss amr: values and gradients of the paper's formulas", () => {
  for (const { classes, start, logits, ages, totals } of readParity("amr").cases) {
    for (const { lambda_1: lambda_mean, lambda_2: lambda_residue, loss, gradient } of totals) {
      const labels = labelRange(start, start + classes - 1);
      const found = lossOf("amr", { lambda_mean, lambda_residue }, { logits: rows(logits), target: ages, labels });
      assertClose(found.loss, [loss], 1e-9, `${classes} classes, ${lambda_mean}, ${lambda_residue}`);
      assertClose(found.gradient, gradient.flat(), 1e-9, `gradient, ${classes} classes`);
    }
  }
});
