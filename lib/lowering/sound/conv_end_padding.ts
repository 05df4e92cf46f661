/**
 * Conv that is padded at the ends alone, where its kernel is 1×1 or as large as the image. ONNX Runtime 1.30 (`conv.cc`) takes
 * it for one matrix product, since it looks at the paddings of the begins only. A row of zeros before the kernel, and as much
 * padding before the image, give the same and are not taken for one. (No Pad is used: the optimizer would merge it into the Conv.)
 */
import { sizeOf, tensor } from "../../base/tensor.ts";
import { type Attr, int, ints, string } from "../../graph/graph.ts";
import type { Patch, Repair } from "./_patch.ts";
import { isTakenForProduct, type WindowForm, windowForm } from "./_window.ts";

export const convEndPadding: Repair = (patch) => {
  const form = windowForm(patch);
  if (form.groups > 1 || form.kernel.length > 2 || !isTakenForProduct(patch, form)) return false;
  const ends = endsOf(form);
  if (ends.every((end) => end === 0)) return false;
  const { kernel, dilations, begins } = form;
  const attrs: Record<string, Attr> = {
    ...patch.node.attrs,
    kernel_shape: ints([kernel[0] + 1, ...kernel.slice(1)]),
    pads: ints([dilations[0], ...begins.slice(1), ...ends]),
    auto_pad: string("NOTSET"),
  };
  const [x, filters, ...bias] = patch.node.inputs;
  return patch.become([x, withFirstRow(patch, filters), ...bias], attrs);
};

/** Filters [F, C, k, …] with a row of zeros before the others. */
function withFirstRow(patch: Patch, filters: string): string {
  const lengths = patch.lengths(1);
  const row = lengths.with(2, 1);
  const zeros = patch.constant(tensor(patch.known.type(filters) ?? "float32", row, new Float64Array(sizeOf(row))));
  return patch.typed(patch.add("Concat", [zeros, filters], { axis: int(2) }), filters, lengths.with(2, lengths[2] + 1));
}

/** Padding behind the image. An automatic one, where the kernel covers the image, is at the ends alone if it is at most 1. */
function endsOf({ kernel, strides, dilations, ends, automatic }: WindowForm): readonly number[] {
  if (!automatic.startsWith("SAME")) return ends;
  const total = kernel.map((length, i) => {
    const last = (Math.ceil(length / strides[i]) - 1) * strides[i];
    return last + (length - 1) * dilations[i] + 1 - length;
  });
  const isAtEnds = automatic === "SAME_UPPER" && total.every((pad) => pad <= 1);
  return isAtEnds ? total : total.map(() => 0);
}
