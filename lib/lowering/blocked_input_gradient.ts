/** Gradients of blocked convolutions in their input, written as blocked convolutions. */
import type { Value } from "../contracts/op.ts";
import { staticShape } from "../graph/graph.ts";
import { depthwiseFilter, gradientFilter } from "./blocked_filters.ts";
import { blockedConv, pixels } from "./blocked_ops.ts";
import { interleave } from "./interleave.ts";

/** The convolution whose gradient is taken. */
export interface ForwardConv {
  /** [K,C,kH,kW]. */
  readonly weight: Value;
  readonly strides: readonly number[];
  /** Padding before the first row and column. */
  readonly begins: readonly number[];
  /** Shape [N,C,H,W] of the input. */
  readonly input: readonly number[];
  /** 1, or one for each channel. */
  readonly groups: number;
}

/** Along one axis: the input places of one remainder by the stride, as a convolution over the output places. */
interface Phase {
  /** Places of the window that meet these inputs, in the order of the outputs that they meet. */
  readonly taps: readonly number[];
  readonly pads: readonly [number, number];
  /** How many inputs have this remainder. */
  readonly length: number;
}

/** Whether `inputGradient` can write it: the output must reach every tap without negative padding. */
export function hasInputGradient(conv: ForwardConv, dy: readonly number[]): boolean {
  const phases = [phasesOf(conv, dy, 0), phasesOf(conv, dy, 1)].flat();
  return phases.every(({ pads }) => pads[0] >= 0 && pads[1] >= 0);
}

/**
 * The gradient [N,C,H,W] of the input from dy [N,K,oH,oW], both blocked; `sum` is added to it. With a stride, the inputs of each
 * remainder by the stride see a stride-1 convolution of their own share of the window, and are put side by side.
 */
export function inputGradient(conv: ForwardConv, dy: Value, block: number, sum: Value | null = null): Value {
  const shape = staticShape(dy.shape, "a gradient");
  const [rows, columns] = [phasesOf(conv, shape, 0), phasesOf(conv, shape, 1)];
  if (rows.length === 1 && columns.length === 1) return phaseGradient(conv, dy, rows[0], columns[0], block, sum);
  const parts = rows.map((row) => columns.map((column) => phaseOf(conv, dy, row, column, block)));
  return interleave(parts, conv.input, block);
}

function phasesOf(conv: ForwardConv, dy: readonly number[], axis: 0 | 1): readonly Phase[] {
  const stride = conv.strides[axis];
  const kernel = Number(conv.weight.shape[axis + 2]);
  return Array.from({ length: stride }, (_, remainder) => {
    const first = (remainder + conv.begins[axis]) % stride;
    const taps = Array.from(
      { length: Math.max(0, Math.ceil((kernel - first) / stride)) },
      (_, j) => first + j * stride,
    );
    const lag = (remainder + conv.begins[axis] - first) / stride;
    const length = Math.ceil((conv.input[axis + 2] - remainder) / stride);
    const begin = taps.length === 0 ? 0 : taps.length - 1 - lag;
    const end = taps.length === 0 ? 0 : length + lag - dy[axis + 2];
    return { taps: taps.reverse(), pads: [begin, end], length };
  });
}

/** The inputs of one remainder per axis; null where no window reaches them. */
function phaseOf(conv: ForwardConv, dy: Value, row: Phase, column: Phase, block: number): Value | null {
  if (row.taps.length * column.taps.length === 0) return null;
  return pixels(phaseGradient(conv, dy, row, column, block, null), block);
}

function phaseGradient(
  conv: ForwardConv,
  dy: Value,
  row: Phase,
  column: Phase,
  block: number,
  sum: Value | null,
): Value {
  const width = Number(conv.weight.shape[3]);
  const taps = row.taps.flatMap((i) => column.taps.map((j) => i * width + j));
  const kernel = [row.taps.length, column.taps.length];
  const { weight, groups } = conv;
  const depthwise = groups > 1;
  const filter = depthwise ? depthwiseFilter(weight, block, taps, kernel) : gradientFilter(weight, taps, kernel, block);
  const pads = [row.pads[0], column.pads[0], row.pads[1], column.pads[1]];
  return blockedConv(dy, filter, { kernel, pads, sum, groups });
}
