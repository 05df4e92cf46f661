/** Arguments that older operator sets keep in attributes, and ours in inputs. */
import { scalar } from "../../base/tensor.ts";
import type { Value } from "../../contracts/op.ts";
import {
  floatOf,
  type Imported,
  intOf,
  intsOf,
  operand,
  refuse,
  type Upgrade,
  type Upgrades,
  vector,
  without,
} from "./upgrade.ts";

/** Reductions (before 18), Squeeze and Unsqueeze (before 13). */
const axesInput: Upgrade = (imported) => {
  const { node, builder, keep } = imported;
  const axes = intsOf(node.attrs, "axes");
  if (axes === undefined) return keep();
  return keep({ inputs: [operand(imported), vector(builder, axes)], attrs: without(node.attrs, "axes") });
};

/** Before 10. */
const slice: Upgrade = (imported) => {
  const { node, builder, keep } = imported;
  const starts = intsOf(node.attrs, "starts");
  if (starts === undefined) return keep();
  const rest = [starts, intsOf(node.attrs, "ends"), intsOf(node.attrs, "axes")];
  return keep({ inputs: [operand(imported), ...rest.map((values) => vector(builder, values))], attrs: {} });
};

/** Sizes are an attribute before 13, and may be left to a number of parts since 18. Ours are always written out. */
const split: Upgrade = (imported) => {
  const { node, inputs, builder, keep } = imported;
  if (inputs[1]) return keep();
  const sizes = intsOf(node.attrs, "split") ?? equalParts(imported);
  return keep({
    inputs: [operand(imported), vector(builder, sizes)],
    attrs: without(node.attrs, "split", "num_outputs"),
  });
};

function equalParts(imported: Imported): readonly number[] {
  const { node } = imported;
  const { shape } = operand(imported);
  const axis = intOf(node.attrs, "axis", 0);
  const length = shape.at(axis);
  if (typeof length !== "number") return refuse(imported, `axis ${axis} has the unknown length ${length}, bind it`);
  const parts = intOf(node.attrs, "num_outputs", node.outputs.length);
  const size = Math.ceil(length / parts);
  return Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(size, length - i * size)));
}

/** Before 11. */
const pad: Upgrade = (imported) => {
  const { node, builder, keep } = imported;
  const pads = intsOf(node.attrs, "pads");
  if (pads === undefined) return keep();
  const fill = scalarLike(imported, floatOf(node.attrs, "value") ?? 0);
  return keep({
    inputs: [operand(imported), vector(builder, pads), fill],
    attrs: without(node.attrs, "pads", "value"),
  });
};

/** Before 11. */
const clip: Upgrade = (imported) => {
  const { node, keep } = imported;
  const bounds = ["min", "max"].map((name) => floatOf(node.attrs, name));
  if (bounds.every((bound) => bound === undefined)) return keep();
  const inputs = bounds.map((bound) => (bound === undefined ? null : scalarLike(imported, bound)));
  return keep({ inputs: [operand(imported), ...inputs], attrs: {} });
};

/** Before 10. */
const topK: Upgrade = (imported) => {
  const { node, builder, keep } = imported;
  if (node.attrs.k === undefined) return keep();
  const count = vector(builder, [intOf(node.attrs, "k", 1)]);
  return keep({ inputs: [operand(imported), count], attrs: without(node.attrs, "k") });
};

function scalarLike(imported: Imported, value: number): Value {
  return imported.builder.constant(scalar(operand(imported).type, value));
}

const REDUCTIONS = ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"];

export const argumentUpgrades: Upgrades = {
  ...Object.fromEntries(REDUCTIONS.map((kind) => [`Reduce${kind}`, axesInput])),
  Squeeze: axesInput,
  Unsqueeze: axesInput,
  Slice: slice,
  Split: split,
  Pad: pad,
  Clip: clip,
  TopK: topK,
};
