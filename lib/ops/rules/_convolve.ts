/** The float64 kernels of convolution and its adjoint: gathered windows and one matrix product per image and group. */
import { sizeOf } from "../../base/tensor.ts";
import { productTransposed, transposed } from "./_product.ts";
import { tapIndices, type Window } from "../window.ts";

/** A convolution of [batch, large, …] to [batch, small, …] with filters [small, large / groups, …]. */
export interface Convolution {
  readonly window: Window;
  readonly groups: number;
  readonly batch: number;
  /** Channels of the side that the window slides over, and of the other. */
  readonly large: number;
  readonly small: number;
}

/** [batch, small, …] from the large side. */
export function convolve(x: Float64Array, filters: Float64Array, form: Convolution): Float64Array {
  const indices = tapIndices(form.window);
  const pixels = sizeOf(form.window.input);
  const positions = sizeOf(form.window.output);
  const [channels, outputs] = [form.large / form.groups, form.small / form.groups];
  const depth = channels * sizeOf(form.window.kernel);
  const rows = new Float64Array(positions * depth);
  const out = new Float64Array(form.batch * form.small * positions);
  for (let unit = 0; unit < form.batch * form.groups; unit++) {
    const group = unit % form.groups;
    gatherWindows(x, unit * channels * pixels, rows, indices, channels, pixels, positions);
    const a = { data: filters, offset: group * outputs * depth };
    const b = { data: rows, offset: 0 };
    productTransposed(a, b, { data: out, offset: unit * outputs * positions }, outputs, positions, depth);
  }
  return out;
}

/** [batch, large, …] from the small side: the adjoint of `convolve` in x. */
export function convolveTransposed(y: Float64Array, filters: Float64Array, form: Convolution): Float64Array {
  const indices = tapIndices(form.window);
  const pixels = sizeOf(form.window.input);
  const positions = sizeOf(form.window.output);
  const [channels, inputs] = [form.large / form.groups, form.small / form.groups];
  const depth = channels * sizeOf(form.window.kernel);
  const rows = new Float64Array(positions * depth);
  const out = new Float64Array(form.batch * form.large * pixels);
  for (let unit = 0; unit < form.batch * form.groups; unit++) {
    const group = unit % form.groups;
    const a = transposed({ data: y, offset: unit * inputs * positions }, inputs, positions);
    const b = transposed({ data: filters, offset: group * inputs * depth }, inputs, depth);
    productTransposed(
      { data: a, offset: 0 },
      { data: b, offset: 0 },
      { data: rows, offset: 0 },
      positions,
      depth,
      inputs,
    );
    scatterWindows(rows, out, unit * channels * pixels, indices, channels, pixels, positions);
  }
  return out;
}

/** rows[position, channel, tap] = the input under that tap, 0 in the padding. */
function gatherWindows(
  x: Float64Array,
  offset: number,
  rows: Float64Array,
  indices: Int32Array,
  channels: number,
  pixels: number,
  positions: number,
): void {
  const taps = indices.length / positions;
  let at = 0;
  for (let position = 0; position < positions; position++) {
    for (let channel = 0; channel < channels; channel++) {
      const base = offset + channel * pixels;
      for (let tap = position * taps; tap < (position + 1) * taps; tap++) {
        const index = indices[tap];
        rows[at++] = index < 0 ? 0 : x[base + index];
      }
    }
  }
}

/** Adds rows[position, channel, tap] to the pixel under that tap. */
function scatterWindows(
  rows: Float64Array,
  out: Float64Array,
  offset: number,
  indices: Int32Array,
  channels: number,
  pixels: number,
  positions: number,
): void {
  const taps = indices.length / positions;
  let at = 0;
  for (let position = 0; position < positions; position++) {
    for (let channel = 0; channel < channels; channel++) {
      const base = offset + channel * pixels;
      for (let tap = position * taps; tap < (position + 1) * taps; tap++) {
        const index = indices[tap];
        if (index >= 0) out[base + index] += rows[at];
        at++;
      }
    }
  }
}

/** Adds bias[channel] to every element of [batch, channels, …] in place. */
export function addBias(y: Float64Array, bias: Float64Array, positions: number): void {
  for (let i = 0; i < y.length; i++) y[i] += bias[Math.floor(i / positions) % bias.length];
}
