/** Where indices point to: flat positions for gathering and scattering, and what scattering does there. */
import { sizeOf } from "../../base/tensor.ts";
import type { Numbers, Value } from "../../contracts/op.ts";
import type { Attrs, TensorType } from "../../graph/graph.ts";
import { constantLike } from "../emit.ts";
import { expandLike } from "./_broadcast.ts";
import { misfit, required, stringAttr } from "./_check.ts";
import { rowMajor } from "./_numbers.ts";

/** An index along an axis of this length; negative ones count from the end. @throws GraphError where it is out of range. */
export function position(op: string, index: number, length: number): number {
  if (index >= -length && index < length) return index < 0 ? index + length : index;
  return misfit(op, `index ${index} is out of range, an axis of length ${length} has ${-length} to ${length - 1}`);
}

/** Input `i`, which must hold integers that index. */
export function requiredIndices(op: string, inputs: readonly (TensorType | null)[], i: number): TensorType {
  const indices = required(op, inputs, i);
  if (indices.type !== "int64" && indices.type !== "int32") {
    misfit(op, `its indices are ${indices.type}, int32 or int64 is needed`);
  }
  return indices;
}

/** For each element of `indices` the flat position in data of shape `dims` where it replaces the coordinate along `axis`. */
export function elementPositions(op: string, dims: readonly number[], indices: Numbers, axis: number): Int32Array {
  const strides = rowMajor(dims);
  const own = rowMajor(indices.dims);
  const positions = new Int32Array(indices.data.length);
  for (let i = 0; i < positions.length; i++) {
    let at = 0;
    for (let k = 0; k < dims.length; k++) {
      const coordinate = k === axis ? position(op, indices.data[i], dims[k]) : Math.floor(i / own[k]) % indices.dims[k];
      at += coordinate * strides[k];
    }
    positions[i] = at;
  }
  return positions;
}

/** Slices of data: the flat position where each starts, and the length of all. */
export interface Slices {
  readonly starts: Int32Array;
  readonly size: number;
}

/** The slices that the rows (last axis) of `indices` [batch…, …, depth] name in data [batch…, …]. */
export function slicePositions(op: string, dims: readonly number[], indices: Numbers, batch: number): Slices {
  const depth = indices.dims[indices.dims.length - 1];
  const strides = rowMajor(dims);
  const starts = new Int32Array(sizeOf(indices.dims.slice(0, -1)));
  const rowsPerBatch = sizeOf(indices.dims.slice(batch, -1));
  const batchStep = sizeOf(dims.slice(batch));
  for (let row = 0; row < starts.length; row++) {
    let at = Math.floor(row / rowsPerBatch) * batchStep;
    for (let k = 0; k < depth; k++) {
      at += position(op, indices.data[row * depth + k], dims[batch + k]) * strides[batch + k];
    }
    starts[row] = at;
  }
  return { starts, size: sizeOf(dims.slice(batch + depth)) };
}

const COMBINE: Readonly<Record<string, (old: number, update: number) => number>> = {
  none: (_old, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  min: Math.min,
  max: Math.max,
};

/** What scattering does with the old value and the update. */
export function combination(op: string, attrs: Attrs): (old: number, update: number) => number {
  const name = stringAttr(attrs, "reduction", "none");
  return COMBINE[name] ?? misfit(op, `reduction is "${name}", ${Object.keys(COMBINE).join(", ")} would be right`);
}

/** Zeros of the shape and type of `like`. */
export function zerosLike(like: Value): Value {
  return expandLike(constantLike(like, 0), like);
}
