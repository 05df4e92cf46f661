/**
 * Grouped ConvTranspose of one output in a group and an even number of channels in it. ONNX Runtime 1.30 (`conv_backprop.cc`)
 * reads the filters of all groups but the first from a wrong place, since it does not divide by the channels that it reads at
 * once. Two outputs in a group are right: every group gives its output twice, and the copies are left out again.
 */
import { int, ints } from "../../graph/graph.ts";
import { intsOf } from "../attributes.ts";
import type { Repair } from "./_patch.ts";
import { range, windowForm } from "./_window.ts";

export const groupedConvTranspose: Repair = (patch) => {
  const { groups, filters: [channels, each], kernel } = windowForm(patch);
  if (groups === 1 || kernel.length > 2 || each > 1 || (channels / groups) % 2 === 1) return false;
  const [x, filters, bias] = patch.node.inputs;
  const inputs = [x, patch.gather(filters, [0, 0], 1)];
  if (bias) inputs.push(patch.gather(bias, range(2 * groups).map((i) => Math.floor(i / 2)), 0));
  const { output_shape: asked, ...attrs } = patch.node.attrs;
  const lengths = intsOf({ asked }, "asked", []).slice(-kernel.length);
  const made = patch.add("ConvTranspose", inputs, asked ? { ...attrs, output_shape: ints(lengths) } : attrs);
  return patch.become([made, patch.int64s(range(groups).map((i) => 2 * i))], { axis: int(1) }, "Gather");
};
