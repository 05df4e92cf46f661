/** Index tables for Gather, the fastest permuter of the CPU provider: it copies whole rows on all threads. */
import type { Builder, Value } from "../contracts/op.ts";

/** An int32 table as a constant. */
export function indexTable(builder: Builder, indices: readonly number[] | Int32Array): Value {
  const data = Int32Array.from(indices);
  return builder.constant({ type: "int32", dims: [data.length], data });
}

/** All combinations of indices below `lengths`, in row-major order, each mapped to a number. */
export function tabulate(lengths: readonly number[], f: (...indices: number[]) => number): Int32Array {
  const size = lengths.reduce((a, b) => a * b, 1);
  const indices = lengths.map(() => 0);
  return Int32Array.from({ length: size }, () => {
    const value = f(...indices);
    for (let axis = lengths.length - 1; axis >= 0 && ++indices[axis] === lengths[axis]; axis--) indices[axis] = 0;
    return value;
  });
}
