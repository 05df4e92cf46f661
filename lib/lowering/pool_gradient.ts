/** The gradient of a maximum over windows, in plain order. */
import type { Value } from "../contracts/op.ts";
import { tensor } from "../base/tensor.ts";
import { type Attrs, staticShape } from "../graph/graph.ts";
import { concat, div, gather, hardSigmoid, mul, reduceSum, reshape, sub } from "../ops/emit.ts";
import { poolTaps } from "./composites.ts";
import { indexTable, tabulate } from "./index_tables.ts";

/** So steep that only equality gives 1: 1 + STEEP · (x - maximum) is at most 0 for every smaller x. */
const STEEP = 1e30;

/** Padding that is never a maximum. */
const LOWEST = -3e38;

/** The gradient of x from x, y and dy in plain order. */
export function plainPoolGradient(x: Value, y: Value, dy: Value, attrs: Attrs): Value {
  const rows = (value: Value): Value => {
    const [batch, channels, height, width] = staticShape(value.shape, "an image");
    return reshape(value, [batch * channels, height * width, 1]);
  };
  return reshape(rowGradient(rows(x), rows(y), rows(dy), poolTaps(staticShape(x.shape, "an image"), attrs)), x.shape);
}

type Windows = readonly (readonly number[])[];

/**
 * On pixels as rows, x [planes, H·W, row] and y, dy [planes, windows, row]: Gather lays the windows out, and puts the shares of
 * their maxima back.
 */
function rowGradient(x: Value, y: Value, dy: Value, windows: Windows): Value {
  const [planes, places, row] = staticShape(x.shape, "rows of pixels");
  const taps = Math.max(...windows.map((window) => window.length));
  const full = windows.every((window) => window.length === taps);
  const laid = tabulate([taps, windows.length], (tap, window) => windows[window][tap] ?? places);
  const source = full ? x : concat([x, padding(x, LOWEST)], 1);
  const columns = reshape(gather(source, indexTable(x.builder, laid), 1), [planes, taps, windows.length, row]);
  const perWindow = (value: Value): Value => reshape(value, [planes, 1, windows.length, row]);
  const hits = hardSigmoid(sub(columns, perWindow(y)), STEEP, 1);
  const share = div(perWindow(dy), reduceSum(hits, [1], true));
  const parts = reshape(mul(hits, share), [planes, taps * windows.length, row]);
  return putBack(parts, windows, places);
}

/** Adds up what each pixel gets from the windows over it: parts [planes, taps · windows, row] to [planes, H·W, row]. */
function putBack(parts: Value, windows: Windows, places: number): Value {
  const [planes, none, row] = staticShape(parts.shape, "the shares");
  const sources: number[][] = Array.from({ length: places }, () => []);
  windows.forEach((window, w) => window.forEach((place, tap) => sources[place].push(tap * windows.length + w)));
  const most = Math.max(...sources.map((list) => list.length));
  const complete = sources.every((list) => list.length === most);
  const order = tabulate([most, places], (i, place) => sources[place][i] ?? none);
  const rows = complete ? parts : concat([parts, padding(parts, 0)], 1);
  const taken = gather(rows, indexTable(parts.builder, order), 1);
  return most === 1 ? taken : reduceSum(reshape(taken, [planes, most, places * row]), [1]);
}

/** One more row for each plane. */
function padding(like: Value, value: number): Value {
  const [planes, , row] = staticShape(like.shape, "rows of pixels");
  const dims = [planes, 1, row];
  return like.builder.constant(tensor(like.type, dims, new Float32Array(planes * row).fill(value)));
}
