/** The end of a training whose numbers are no longer finite, told so that its cause can be found. */
import { UserError } from "../base/errors.ts";
import type { Tensors } from "../base/tensor.ts";
import { listed } from "./_words.ts";

/** Carried vectors of the norms of the gradients, in the order of the parameters, of the last step and the one before it. */
export const GRADIENT_NORMS = ["gradient_norms", "gradient_norms/before"] as const;

/** What is known when it happens. */
export interface Divergence {
  readonly pipeline: string;
  /** What is not finite: `the loss is NaN`. */
  readonly what: string;
  /** Epoch and step, from 1. */
  readonly epoch: number;
  readonly step: number;
  /** The images of the batch. */
  readonly files: readonly string[];
  readonly parameters: readonly string[];
  /** The vectors named by `GRADIENT_NORMS`; those of a step that overflowed in float16 are not among them. */
  readonly norms: Tensors;
  /** Whether the last gradients overflowed in float16. */
  readonly overflow: boolean;
  /** Epoch and finished steps of the checkpoint that is kept. */
  readonly kept: { readonly epoch: number; readonly step: number } | null;
}

const MOST_FILES = 4;

export function divergence(found: Divergence): UserError {
  const { pipeline, what, epoch, step, files, kept } = found;
  const checkpoint = kept === null
    ? "no checkpoint was written before it"
    : `the checkpoint of epoch ${kept.epoch + 1}, step ${kept.step} is kept`;
  return new UserError(
    `Cannot go on training "${pipeline}": ${what} in epoch ${epoch}, step ${step} (${listed(files, MOST_FILES)}); ` +
      `${largestGradients(found)}; ${checkpoint}; ${remedy(found)}`,
  );
}

function remedy({ overflow }: Divergence): string {
  const lower = "a lower train.optimizer.lr or train.clip keeps it finite";
  return overflow ? `${lower}, or train.precision: float32, which holds larger numbers` : lower;
}

function largestGradients({ parameters, norms, overflow }: Divergence): string {
  const [now, before] = GRADIENT_NORMS.map((name) => largest(parameters, norms[name].data as Float32Array));
  if (overflow && now.norm === 0) return "no gradient before them was finite";
  if (overflow) return `the largest gradient before them is that of "${now.name}" with norm ${written(now.norm)}`;
  const earlier = before.norm === 0 ? "" : `, in the step before that of "${before.name}" with ${written(before.norm)}`;
  return `the largest gradient is that of "${now.name}" with norm ${written(now.norm)}${earlier}`;
}

/** The first that is not a number, else the largest. */
function largest(parameters: readonly string[], norms: Float32Array): { name: string; norm: number } {
  let at = 0;
  for (let i = 1; i < norms.length && !Number.isNaN(norms[at]); i++) {
    if (!(norms[i] <= norms[at])) at = i;
  }
  return { name: parameters[at], norm: norms[at] };
}

function written(norm: number): string {
  return String(Number(norm.toPrecision(3)));
}

/** Whether every number of these tensors is finite, the gradients of the moment aside. */
export function isSound(state: Tensors): boolean {
  return Object.entries(state).every(([name, { data }]) =>
    isGradient(name) || (data as Float32Array).every(Number.isFinite)
  );
}

/** Whether a carried input is of the gradient: its norms, or the sums over the parts of a batch. */
function isGradient(name: string): boolean {
  return name === GRADIENT_NORMS[0] || name === GRADIENT_NORMS[1] || name.startsWith("gradient/");
}
