/** Floating-point rounding in the float64 interpreter, for graphs in which the precision matters. */
import type { Numbers, OpRule } from "../../lib/contracts/op.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

/** The operators with results as their types hold them: float16 and float32 are rounded, what is too large is infinite. */
export const roundingRules: readonly OpRule[] = rules.map((rule) => ({
  ...rule,
  compute: (inputs, attrs, outputs) => rule.compute(inputs, attrs, outputs).map(rounded),
}));

function rounded(value: Numbers): Numbers {
  if (value.type === "float16") return { ...value, data: value.data.map(Math.f16round) };
  return value.type === "float32" ? { ...value, data: value.data.map(Math.fround) } : value;
}
