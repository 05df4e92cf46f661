/** Where training stands, as bytes: everything that the next step depends on, so that a killed run goes on bit for bit. */
import type { Tensors } from "../base/tensor.ts";
import type { EpochRow } from "../contracts/report.ts";
import { decodeSafetensors, encodeSafetensors } from "../graph/safetensors.ts";

/** The part of a checkpoint that is not tensors. */
export interface Standing {
  /** Epochs finished. */
  readonly epoch: number;
  /** Steps finished in the epoch under way. */
  readonly step: number;
  /** Sum of the losses of those steps. */
  readonly lossSum: number;
  /** Seconds and waiting seconds of those steps. */
  readonly seconds: number;
  readonly waited: number;
  readonly history: readonly EpochRow[];
  /** Lowest validation MAE so far and the epoch that gave it (from 1). */
  readonly best: { readonly mae: number; readonly epoch: number } | null;
}

export interface Checkpoint {
  readonly standing: Standing;
  /** Values of all carried inputs: weights, buffers, optimizer state. */
  readonly state: Tensors;
  /** Weights and buffers of the best epoch. */
  readonly best: Tensors | null;
}

export const START: Standing = { epoch: 0, step: 0, lossSum: 0, seconds: 0, waited: 0, history: [], best: null };

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
