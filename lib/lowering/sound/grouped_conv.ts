/**
 * Grouped Conv of 5, 6, 7, 9, … outputs in a group. ONNX Runtime 1.30 (`conv.cc`) lets four outputs (two where their number is not
 * divisible by four) share the channels of one group, also where some of them belong to the next. Here every group gives its
 * last output several times, up to a multiple of four, and the copies are left out again.
 */
import type { Repair } from "./_patch.ts";
import { range, windowForm } from "./_window.ts";

export const groupedConv: Repair = (patch) => {
  const { groups, filters: [outputs], kernel } = windowForm(patch);
  const each = outputs / groups;
  if (groups === 1 || kernel.length > 2 || each < 4 || each % sharers(outputs) === 0) return false;
  const wide = 4 * Math.ceil(each / 4);
  const copies = range(groups * wide).map((i) => Math.floor(i / wide) * each + Math.min(i % wide, each - 1));
  const [x, filters, bias] = patch.node.inputs;
  const inputs = [x, ...[filters, bias].flatMap((value) => (value ? [patch.gather(value, copies, 0)] : []))];
  const made = patch.add("Conv", inputs, patch.node.attrs);
  const kept = range(outputs).map((i) => Math.floor(i / each) * wide + i % each);
  return patch.become([made, patch.int64s(kept)], { axis: { kind: "int", value: 1 } }, "Gather");
};

/** Outputs that are computed together. */
function sharers(outputs: number): number {
  if (outputs % 4 === 0) return 4;
  return outputs % 2 === 0 ? 2 : 1;
}
