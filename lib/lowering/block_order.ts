/**
 * The order in which the blocked operators hold images: [N, C/b, H, W, b] in memory under the declared shape [N, C, H, W], so
 * that one vector register holds b channels of a pixel.
 */

/** For each place in blocked order, where the element lies in row-major [outer, C, inner]. */
export function blockedOrder(outer: number, channels: number, inner: number, block: number): Int32Array {
  const order = new Int32Array(outer * channels * inner);
  let at = 0;
  for (let n = 0; n < outer; n++) {
    for (let first = 0; first < channels; first += block) {
      for (let i = 0; i < inner; i++) {
        for (let c = first; c < first + block; c++) order[at++] = (n * channels + c) * inner + i;
      }
    }
  }
  return order;
}

/** The elements of `data` at `order`. */
export function permute(data: Float64Array, order: Int32Array): Float64Array {
  const out = new Float64Array(order.length);
  for (let i = 0; i < out.length; i++) out[i] = data[order[i]];
  return out;
}

/** The inverse of `permute`. */
export function unpermute(data: Float64Array, order: Int32Array): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) out[order[i]] = data[i];
  return out;
}
