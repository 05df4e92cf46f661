/** Where training stands, as bytes: everything that the next step depends on, so that a killed run goes on bit for bit. */
import type { Tensors } from "../base/tensor.ts";
import type { EpochRow } from "../contracts/report.ts";
import { decodeSafetensors, encodeSafetensors } from "../graph/safetensors.ts";
import type { LossScale } from "./_loss_scale.ts";

/** The part of a checkpoint that is not tensors. */
export interface Standing {
  /** Epochs finished. */
  readonly epoch: number;
  /** Steps finished in the epoch under way. */
  readonly step: number;
  /** Sum of the losses of those steps that counted, and how many did not: steps whose gradient overflowed in float16. */
  readonly lossSum: number;
  readonly skipped: number;
  /** Seconds and waiting seconds of those steps. */
  readonly seconds: number;
  readonly waited: number;
  readonly history: readonly EpochRow[];
  /** Lowest validation MAE so far and the epoch that gave it (from 1). */
  readonly best: { readonly mae: number; readonly epoch: number } | null;
  /** Backbone layers that the state trains. */
  readonly layers: number;
  /** Updates of the weights since that many layers train: the optimizer's step count. */
  readonly updates: number;
  /** Null in float32. */
  readonly scale: LossScale | null;
}

export interface Checkpoint {
  readonly standing: Standing;
  /** Values of all carried inputs: weights, buffers, optimizer state, averages. */
  readonly state: Tensors;
  /** Trained weights and buffers of the best epoch. */
  readonly best: Tensors | null;
}

/** An epoch without a step. */
export const UNBEGUN = { step: 0, lossSum: 0, skipped: 0, seconds: 0, waited: 0 } as const;

/** Nothing done yet. */
export function startOf(scale: LossScale | null): Checkpoint {
  const standing = { ...UNBEGUN, epoch: 0, history: [], best: null, layers: 0, updates: 0, scale };
  return { standing, state: {}, best: null };
}

const STATE = "state/";
const BEST = "best/";

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const tensors = { ...prefixed(STATE, checkpoint.state), ...prefixed(BEST, checkpoint.best ?? {}) };
  return encodeSafetensors(tensors, { standing: JSON.stringify(checkpoint.standing) });
}

/** @throws UserError where the bytes are not a checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { weights, metadata } = decodeSafetensors(bytes);
  const standing = JSON.parse(metadata.standing) as Standing;
  const best = stripped(BEST, weights);
  return { standing, state: stripped(STATE, weights), best: Object.keys(best).length > 0 ? best : null };
}

function prefixed(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [prefix + name, value]));
}

function stripped(prefix: string, tensors: Tensors): Tensors {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
}
