/** Making and moving the float64 data that rules compute with. */
import { allocate, type DType, isFloat, sizeOf } from "../../base/tensor.ts";
import type { Numbers } from "../../contracts/op.ts";

/** Data of a nominal type. */
export function numbers(type: DType, dims: readonly number[], data: Float64Array): Numbers {
  return { type, dims, data };
}

/** How far apart neighbours along each axis lie in row-major order. */
export function rowMajor(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let step = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= dims[axis];
  }
  return strides;
}

/** The elements at `offset + Σ index·stride` for every index below `dims`, in row-major order. */
export function strided(
  data: Float64Array,
  dims: readonly number[],
  strides: readonly number[],
  offset = 0,
): Float64Array {
  const out = new Float64Array(sizeOf(dims));
  if (out.length === 0) return out;
  const last = dims.length - 1;
  const [length, step] = last < 0 ? [1, 0] : [dims[last], strides[last]];
  let next = 0;
  const visit = (axis: number, at: number): void => {
    if (axis < last) {
      for (let i = 0; i < dims[axis]; i++) visit(axis + 1, at + i * strides[axis]);
      return;
    }
    for (let i = 0; i < length; i++) out[next++] = data[at + i * step];
  };
  visit(0, offset);
  return out;
}

/** A result as its nominal type holds it: integers truncate toward zero and wrap, bool is 0 or 1, floats stay float64. */
export function settle(type: DType, data: Float64Array): Float64Array {
  if (isFloat(type)) return data;
  if (type === "bool") return data.map((x) => (x === 0 ? 0 : 1));
  if (type === "int64" || type === "uint64") return data.map((x) => (Number.isNaN(x) ? 0 : Math.trunc(x)));
  const narrow = allocate(type, data.length) as Int32Array;
  narrow.set(data);
  return Float64Array.from(narrow);
}
