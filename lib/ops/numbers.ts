/** Between stored tensors and the float64 numbers that rules compute with. */
import { type DType, isFloat, type Tensor, tensor, toNumbers } from "../base/tensor.ts";
import type { Numbers } from "../contracts/op.ts";

/** The elements of a tensor as float64. */
export function numbersOf(value: Tensor): Numbers {
  return { type: value.type, dims: value.dims, data: toNumbers(value) };
}

const RANGES: Readonly<Partial<Record<DType, readonly [bigint, bigint]>>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** Numbers as a tensor of their nominal type: floats are rounded, 64-bit integers are kept inside their range. */
export function tensorOf(value: Numbers): Tensor {
  const { type, dims, data } = value;
  const range = RANGES[type];
  if (range === undefined) return tensor(type, dims, isFloat(type) || type !== "bool" ? data : data.map(truth));
  const wide = type === "int64" ? new BigInt64Array(data.length) : new BigUint64Array(data.length);
  for (let i = 0; i < data.length; i++) wide[i] = saturate(data[i], range);
  return { type, dims: [...dims], data: wide };
}

function truth(x: number): number {
  return x === 0 ? 0 : 1;
}

function saturate(x: number, [low, high]: readonly [bigint, bigint]): bigint {
  if (Number.isNaN(x)) return 0n;
  if (x >= Number(high)) return high;
  if (x <= Number(low)) return low;
  return BigInt(Math.trunc(x));
}
