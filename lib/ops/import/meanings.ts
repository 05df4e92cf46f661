/** Operators whose meaning or spelling differs between operator sets. */
import { type Tensor, tensor } from "../../base/tensor.ts";
import { int, ints, isStatic, string } from "../../graph/graph.ts";
import type { Value } from "../../contracts/op.ts";
import { flatten, ONNX_TYPES } from "../emit.ts";
import { windowOf } from "../window.ts";
import {
  type Imported,
  intOf,
  intsOf,
  operand,
  refuse,
  stringOf,
  type Upgrade,
  type Upgrades,
  vector,
  without,
} from "./upgrade.ts";

/** Softmax and its kin before 13: over all axes from `axis` (default 1) on, taken together. */
const flatSoftmax: Upgrade = (imported) => {
  const { node, opset, builder, keep } = imported;
  if (opset >= 13) return keep();
  const x = operand(imported);
  const rank = x.shape.length;
  const axis = intOf(node.attrs, "axis", 1);
  if (axis === -1 || axis === rank - 1) return keep({ attrs: { axis: int(-1) } });
  const [flat] = builder.emit(node.op, [flatten(x, axis < 0 ? axis + rank : axis)], { axis: int(-1) });
  return keep({ op: "Reshape", inputs: [flat, reshapeArgument(imported, x)], attrs: {} });
};

/** The shape of `x` as an argument of Reshape, which works out one unknown length. */
function reshapeArgument(imported: Imported, x: Value): Value | null {
  const unknown = x.shape.filter((dim) => typeof dim === "string");
  if (unknown.length > 1) refuse(imported, `the lengths ${unknown.join(", ")} are unknown, bind them`);
  return vector(imported.builder, x.shape.map((dim) => (typeof dim === "string" ? -1 : dim)));
}

/** Inference: nothing is dropped. Its mask is not made. */
const dropout: Upgrade = (imported) => {
  const isTraining = imported.inputs[2]?.constant?.data[0];
  if (isTraining) refuse(imported, "it is in training mode, export the model for inference");
  return imported.keep({ op: "Identity", inputs: [operand(imported)], attrs: {}, outputs: 1 });
};

/** Before 14 the training form shows by its further outputs, before 9 `spatial` chooses per-channel statistics. */
const batchNormalization: Upgrade = (imported) => {
  const { node, opset, keep } = imported;
  if (opset >= 14) return keep();
  if (node.outputs.filter((name) => name !== "").length > 1) {
    refuse(imported, "it is in training form, export it for inference");
  }
  if (intOf(node.attrs, "spatial", 1) === 0) {
    refuse(imported, "it normalises each position (spatial = 0), only channels are known");
  }
  return keep({ attrs: without(node.attrs, "spatial") });
};

/** Upsample (7 to 9) and Resize 10 count positions from the corner and round down. */
const corner: Upgrade = (imported) => {
  const { node, inputs, opset, builder, keep } = imported;
  if (node.op === "Resize" && opset >= 11) return keep();
  const listed = node.attrs.scales?.kind === "floats" ? node.attrs.scales.value : undefined;
  const scales = listed === undefined
    ? operand(imported, 1)
    : builder.constant(tensor("float32", [listed.length], listed));
  const attrs = {
    mode: string(stringOf(node.attrs, "mode", "nearest")),
    coordinate_transformation_mode: string("asymmetric"),
    nearest_mode: string("floor"),
  };
  return keep({ op: "Resize", inputs: [inputs[0], null, scales], attrs });
};

/** Since 19 it may saturate, which matters for 8-bit floats only. */
const castTo: Upgrade = ({ node, keep }) => keep({ attrs: without(node.attrs, "saturate") });

const castLike: Upgrade = (imported) => {
  const like = operand(imported, 1).type;
  const [x] = imported.inputs;
  return imported.keep({ op: "Cast", inputs: [x], attrs: { to: int(ONNX_TYPES[like]) } });
};

/** Since 19 with dilations. */
const averagePool: Upgrade = (imported) => {
  const { node, keep } = imported;
  const dilations = intsOf(node.attrs, "dilations") ?? [];
  if (dilations.some((dilation) => dilation !== 1)) refuse(imported, `it is dilated by ${dilations}, only 1 is known`);
  return keep({ attrs: without(node.attrs, "dilations") });
};

/**
 * Rounding the number of windows up is padding behind the image, which no maximum picks. ONNX Runtime's shape inference counts a
 * window too many where the last one would start in the padding.
 */
const maxPool: Upgrade = (imported) => {
  const { node, keep } = imported;
  const { shape } = operand(imported);
  const kernel = intsOf(node.attrs, "kernel_shape");
  if (intOf(node.attrs, "ceil_mode", 0) === 0 || kernel === undefined || !isStatic(shape.slice(2))) return keep();
  const { begins, ends } = windowOf("MaxPool", node.attrs, kernel, shape.slice(2) as readonly number[]);
  const pads = ints([...begins, ...ends.map((end) => Math.max(0, end))]);
  return keep({ attrs: { ...without(node.attrs, "ceil_mode", "auto_pad"), pads } });
};

/** Looking up the elements of a vector in their own order only reshapes it: so PyTorch writes a change of strides. */
const gather: Upgrade = (imported) => {
  const { inputs: [x, indices], builder, keep } = imported;
  const order = indices?.constant;
  if (!x || !order || x.shape.length !== 1 || x.shape[0] !== order.data.length || !isCounting(order)) return keep();
  return keep({ op: "Reshape", inputs: [x, vector(builder, order.dims)], attrs: {} });
};

function isCounting({ data }: Tensor): boolean {
  return data.every((index, i) => Number(index) === i);
}

/** Until 10 under a shorter name. */
const scatter: Upgrade = ({ keep }) => keep({ op: "ScatterElements" });

export const meaningUpgrades: Upgrades = {
  Softmax: flatSoftmax,
  LogSoftmax: flatSoftmax,
  Dropout: dropout,
  BatchNormalization: batchNormalization,
  Upsample: corner,
  Resize: corner,
  Cast: castTo,
  CastLike: castLike,
  AveragePool: averagePool,
  MaxPool: maxPool,
  Gather: gather,
  Scatter: scatter,
};
