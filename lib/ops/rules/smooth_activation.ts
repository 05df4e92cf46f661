/** Activations with a derivative everywhere. */
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, string } from "../../graph/graph.ts";
import { abs, add, div, erf as emitErf, exp, mul, sigmoid, softplus, sub, tanh } from "../emit.ts";
import { misfit, stringAttr } from "./_check.ts";
import { elementwise, operand } from "./_elementwise.ts";
import { erf } from "./_erf.ts";

const plain: readonly Sample[] = [{ shapes: [[2, 3]] }, { shapes: [[2, 1, 2]], range: [-4, 4] }];

type Kernel = (x: number) => number;

function activationOf(
  type: string,
  kernel: (attrs: Attrs) => Kernel,
  gradient: (dy: Value, x: Value, y: Value, attrs: Attrs) => Value,
  samples: readonly Sample[] = plain,
): OpRule {
  const inOperand = (dy: Value, tape: Tape): Value => gradient(dy, operand(tape), tape.outputs[0], tape.attrs);
  return elementwise(type, { accepts: "float", arity: 1, kernel, gradients: [inOperand], samples });
}

const logistic: Kernel = (x) => 1 / (1 + Math.exp(-x));
/** ln(1 + e^x) without overflow. */
const softPlus: Kernel = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Whether Gelu is the form with tanh. */
function isTanhForm(attrs: Attrs): boolean {
  const form = stringAttr(attrs, "approximate", "none");
  if (form !== "none" && form !== "tanh") misfit("Gelu", `approximate is "${form}", it must be "none" or "tanh"`);
  return form === "tanh";
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
/** Coefficient of x³ in the tanh form (Hendrycks and Gimpel 2016). */
const CUBIC = 0.044715;

const geluKernels = {
  exact: (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  tanh: (x: number): number => 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + CUBIC * x * x * x))),
};

/**
 * 2·(Φ(x) + x·φ(x)) for the standard normal distribution. With t = x/√2 it is 1 + erf(t) + 2/√π · t/exp(t²), which takes the fewest
 * passes over memory; the half goes to the other factor, where a matrix product before it may take it in.
 */
function twiceGeluSlope(x: Value): Value {
  const t = mul(x, Math.SQRT1_2);
  const bump = div(t, exp(mul(t, t)));
  return add(add(mul(bump, 2 / Math.sqrt(Math.PI)), emitErf(t)), 1);
}

function tanhGeluSlope(x: Value): Value {
  const square = mul(x, x);
  const t = tanh(mul(mul(x, add(mul(square, CUBIC), 1)), SQRT_2_OVER_PI));
  const inner = add(mul(square, 3 * CUBIC * SQRT_2_OVER_PI), SQRT_2_OVER_PI);
  const bend = mul(mul(x, inner), sub(1, mul(t, t)));
  return mul(add(add(t, 1), bend), 0.5);
}

/** With t = tanh(softplus(x)): t + x·σ(x)·(1 - t²). */
function mishSlope(x: Value): Value {
  const t = tanh(softplus(x));
  return add(t, mul(mul(x, sigmoid(x)), sub(1, mul(t, t))));
}

export const smoothActivation: readonly OpRule[] = [
  activationOf("Sigmoid", () => logistic, (dy, _, y) => mul(dy, sub(y, mul(y, y)))),
  activationOf("Tanh", () => Math.tanh, (dy, _, y) => sub(dy, mul(dy, mul(y, y)))),
  activationOf("Softplus", () => softPlus, (dy, x) => mul(dy, sigmoid(x))),
  activationOf(
    "Softsign",
    () => (x) => x / (1 + Math.abs(x)),
    (dy, x) => {
      const denominator = add(abs(x), 1);
      return div(dy, mul(denominator, denominator));
    },
    [{ shapes: [[2, 3]], range: [0.1, 2] }, { shapes: [[2, 3]], range: [-2, -0.1] }],
  ),
  {
    ...activationOf(
      "Gelu",
      (attrs) => (isTanhForm(attrs) ? geluKernels.tanh : geluKernels.exact),
      (dy, x, _, attrs) => isTanhForm(attrs) ? mul(dy, tanhGeluSlope(x)) : mul(mul(dy, 0.5), twiceGeluSlope(x)),
      [...plain, ...plain.map((sample) => ({ ...sample, attrs: { approximate: string("tanh") } }))],
    ),
    since: 20,
  },
  activationOf("Mish", () => (x) => x * Math.tanh(softPlus(x)), (dy, x) => mul(dy, mishSlope(x))),
];
