/** Data seen as lines along one axis. */
import { sizeOf } from "../../base/tensor.ts";
import type { Numbers } from "../../contracts/op.ts";
import { numbers } from "./_numbers.ts";

/** Maps every line along `axis` to one of equal length. */
export function mapLines(x: Numbers, axis: number, f: (line: Float64Array) => Float64Array): Numbers {
  const out = new Float64Array(x.data.length);
  const length = x.dims[axis];
  const stride = sizeOf(x.dims.slice(axis + 1));
  const line = new Float64Array(length);
  for (let start = 0; start < out.length; start++) {
    if (Math.floor(start / stride) % length !== 0) continue;
    for (let i = 0; i < length; i++) line[i] = x.data[start + i * stride];
    const mapped = f(line);
    for (let i = 0; i < length; i++) out[start + i * stride] = mapped[i];
  }
  return numbers(x.type, x.dims, out);
}
