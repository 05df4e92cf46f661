/** Judges the gradient rule of one operator on its samples. */
import { type Random, random } from "../base/random.ts";
import { isFloat, sizeOf, type Tensor } from "../base/tensor.ts";
import type { Builder, OpRule, Sample, Value } from "../contracts/op.ts";
import { staticShape } from "../graph/graph.ts";
import { createBuilder, type GraphBuilder } from "../ops/builder.ts";
import { evaluateNumbers, type NumbersByName } from "../ops/evaluate.ts";
import { numbersOf, tensorOf } from "../ops/numbers.ts";
import { rules as allRules } from "../ops/rules/mod.ts";
import { pullback } from "./gradients.ts";
import { type Claim, examine, type Finding, noise } from "./judge.ts";

/**
 * What is wrong with the gradient of `rule` on `sample`: of all outputs by all inputs, and of each output and input alone.
 * Empty where it is right. The rule stands in for the known one of its name.
 */
export function judgeRule(rule: OpRule, sample: Sample, seed = 1): readonly Finding[] {
  const trial = trialOf(rule, sample, seed);
  const made = apply(trial).outputs;
  const watchable = made.map((_, i) => i).filter((i) => isFloat(made[i].type));
  const findings: Finding[] = [];
  for (const watched of subsets(watchable)) {
    for (const names of subsets(Object.keys(trial.point))) {
      findings.push(...examine(claimOf(trial, names, watched), trial.stream));
    }
  }
  return findings;
}

/** Where the types that `rule` infers for `sample` differ from what it computes. */
export function judgeTypes(rule: OpRule, sample: Sample, seed = 1): readonly string[] {
  const trial = trialOf(rule, sample, seed);
  const { builder, outputs } = apply(trial);
  outputs.forEach((output, i) => builder.output(`output ${i}`, output));
  const made = evaluateNumbers(builder.finish(), trial.point, undefined, trial.rules);
  return outputs.flatMap(({ type, shape }, i) => {
    const { type: madeType, dims, data } = made[`output ${i}`];
    const isSame = type === madeType && String(shape) === String(dims) && data.length === sizeOf(dims);
    return isSame
      ? []
      : [`output ${i}: inferred ${type}[${shape}], computed ${madeType}[${dims}] (${data.length} elements)`];
  });
}

/** A rule, a sample and random data for it. */
interface Trial {
  readonly rule: OpRule;
  readonly rules: readonly OpRule[];
  readonly sample: Sample;
  readonly point: NumbersByName;
  readonly stream: Random;
}

function trialOf(rule: OpRule, sample: Sample, seed: number): Trial {
  const stream = random("judge rule", rule.type, seed);
  const isOther = (known: OpRule): boolean => known.type !== rule.type || (known.domain ?? "") !== (rule.domain ?? "");
  return { rule, rules: [rule, ...allRules.filter(isOther)], sample, point: randomInputs(sample, stream), stream };
}

/** All together, and where there are several, each alone. */
function subsets<T>(all: readonly T[]): readonly (readonly T[])[] {
  return all.length > 1 ? [all, ...all.map((one) => [one])] : [all];
}

/** Data for the inputs that are neither fixed nor left out, as `input 0`, `input 1`, … */
function randomInputs({ shapes, fixed = {}, range = [-2, 2] }: Sample, stream: Random): NumbersByName {
  const point: Record<string, ReturnType<typeof noise>> = {};
  shapes.forEach((dims, i) => {
    if (dims !== null && fixed[i] === undefined) point[`input ${i}`] = noise(dims, stream, range);
  });
  return point;
}

/** A node of the rule in a graph of its own; its moving inputs are graph inputs. */
interface Applied {
  readonly builder: GraphBuilder;
  readonly outputs: readonly Value[];
}

function apply({ rule, rules, sample, point }: Trial): Applied {
  const builder = createBuilder(rules);
  const inputs = sample.shapes.map((_, i) => {
    const fixed = sample.fixed?.[i];
    if (fixed !== undefined) return builder.constant(wide(fixed), `fixed ${i}`);
    const moving = point[`input ${i}`];
    return moving === undefined ? null : builder.input(`input ${i}`, moving.type, moving.dims);
  });
  const { domain } = rule;
  const outputs = builder.emit(rule.type, inputs, sample.attrs, { domain, outputs: sample.outputs });
  return { builder, outputs };
}

/** Everything floating-point is float64 here, so that constants are not rounded. */
function wide(value: Tensor): Tensor {
  return isFloat(value.type) ? tensorOf({ ...numbersOf(value), type: "float64" }) : value;
}

/** The claim of the rule for some of the inputs, at random cotangents of the watched outputs. */
function claimOf(trial: Trial, names: readonly string[], watched: readonly number[]): Claim {
  const { rule, rules, point, stream } = trial;
  const { builder, outputs } = apply(trial);
  const cotangents = watched.map((i) => noise(staticShape(outputs[i].shape, `output ${i}`), stream));
  const seeds = watched.map((i, k) =>
    [outputs[i], builder.constant(tensorOf(cotangents[k]), `cotangent ${i}`)] as const
  );
  const found = pullback(new Map(seeds), names.map((name) => builder.value(name)!));
  const gradients = declareGradients(builder, names, found);
  for (const i of watched) builder.output(`output ${i}`, outputs[i]);
  const graph = builder.finish();
  const run = (at: NumbersByName, fetches: readonly string[]): NumbersByName =>
    evaluateNumbers(graph, { ...point, ...at }, fetches, rules);
  const results = run({}, gradients.map(gradientName));
  return {
    what: `outputs ${watched.join(", ")} of ${rule.type} by ${names.join(", ")}`,
    point: Object.fromEntries(names.map((name) => [name, point[name]])),
    gradient: Object.fromEntries(gradients.map((name) => [name, results[gradientName(name)]])),
    value(at) {
      const made = run(at, watched.map((i) => `output ${i}`));
      return watched.reduce((sum, i, k) => sum + dot(made[`output ${i}`].data, cotangents[k].data), 0);
    },
  };
}

const gradientName = (input: string): string => `gradient of ${input}`;

/** Makes outputs of the gradients that there are, and names their inputs. */
function declareGradients(
  builder: Builder,
  names: readonly string[],
  found: readonly (Value | null)[],
): readonly string[] {
  return names.filter((name, i) => {
    const gradient = found[i];
    if (gradient !== null) builder.output(gradientName(name), gradient);
    return gradient !== null;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}
