/** The common form of operators that compute each output element from one element of every (broadcast) input. */
import type { DType } from "../../base/tensor.ts";
import type { Numbers, OpRule, Sample, Tape, Value, Vjp } from "../../contracts/op.ts";
import type { Attrs } from "../../graph/graph.ts";
import { broadcastData, broadcastShapes, unbroadcast } from "./_broadcast.ts";
import { type Accepts, checkCount, required, sharedType } from "./_check.ts";
import { numbers, settle } from "./_numbers.ts";

/** The gradient of one operand, of the shape of the output; it is summed to the operand's shape afterwards. */
export type Gradient = (dy: Value, tape: Tape, i: number) => Value;

export interface Elementwise {
  readonly accepts: Accepts;
  /** Number of inputs: exactly, or at least 1 where `"variadic"`. */
  readonly arity: number | "variadic";
  /** Element type of the output; default that of the inputs. */
  readonly gives?: DType;
  /** The function of one element of every input, for these attributes and input type. @throws GraphError where they misfit. */
  readonly kernel: (attrs: Attrs, type: DType) => (...x: number[]) => number;
  /** One per operand (the last one also stands for all further operands), or the whole rule; `null`: none. */
  readonly gradients: readonly Gradient[] | Vjp | null;
  readonly samples: readonly Sample[];
}

/** A rule from its scalar function and the gradients of its operands. */
export function elementwise(type: string, spec: Elementwise): OpRule {
  return {
    type,
    infer(inputs, attrs) {
      const [least, most] = spec.arity === "variadic" ? [1, Infinity] : [spec.arity, spec.arity];
      checkCount(type, inputs, least, most);
      const given = inputs.map((_, i) => required(type, inputs, i));
      const own = sharedType(type, given, spec.accepts);
      spec.kernel(attrs, own); // refuses what it cannot do
      return [{ type: spec.gives ?? own, shape: broadcastShapes(type, given.map((input) => input.shape)) }];
    },
    compute(inputs, attrs) {
      const given = inputs.map((_, i) => required(type, inputs, i));
      return [combine(type, given, spec.kernel(attrs, given[0].type), spec.gives)];
    },
    vjp: typeof spec.gradients === "function" ? spec.gradients : spec.gradients && operandGradients(spec.gradients),
    samples: spec.samples,
  };
}

/** Applies `f` to every element of the broadcast inputs. */
export function combine(op: string, inputs: readonly Numbers[], f: (...x: number[]) => number, gives?: DType): Numbers {
  const dims = broadcastShapes(op, inputs.map((input) => input.dims)) as readonly number[];
  const data = inputs.map((input) => broadcastData(input, dims));
  const type = gives ?? inputs[0].type;
  return numbers(type, dims, settle(type, apply(data, f)));
}

function apply(data: readonly Float64Array[], f: (...x: number[]) => number): Float64Array {
  const out = new Float64Array(data[0].length);
  const [a, b, c] = data;
  if (data.length === 1) { for (let i = 0; i < out.length; i++) out[i] = f(a[i]); }
  else if (data.length === 2) { for (let i = 0; i < out.length; i++) out[i] = f(a[i], b[i]); }
  else if (data.length === 3) { for (let i = 0; i < out.length; i++) out[i] = f(a[i], b[i], c[i]); }
  else for (let i = 0; i < out.length; i++) out[i] = f(...data.map((x) => x[i]));
  return out;
}

/** A gradient rule from the gradients of single operands. */
export function operandGradients(gradients: readonly Gradient[]): Vjp {
  return (tape, [dy]) =>
    tape.inputs.map((x, i) => {
      if (!dy || !x || !tape.wanted(i)) return null;
      const gradient = gradients[Math.min(i, gradients.length - 1)];
      return unbroadcast(gradient(dy, tape, i), x.shape);
    });
}

/** Input `i` of a node that is being differentiated, which is there. */
export function operand(tape: Tape, i = 0): Value {
  return required("gradient", tape.inputs, i);
}
