/**
 * Conv of 6, 9, 15, 18, … channels to a multiple of 4. ONNX Runtime 1.30 (`conv2d_mm.cc`) reads such images by three channels
 * at once and divides the place of the channel by four, so that all but the first three channels come from wrong places.
 * Zeros up to a multiple of 4 channels bring it to the kernel that reads by fours. The gradient of a filter is such a Conv with
 * the batch as channels.
 */
import { isTakenForProduct, windowForm } from "./_window.ts";
import type { Repair } from "./_patch.ts";

export const convChannels: Repair = (patch) => {
  const form = windowForm(patch);
  const { groups, filters: [outputs, channels], kernel } = form;
  const isReadByThrees = channels > 3 && channels % 3 === 0 && channels % 4 !== 0 && outputs % 4 === 0;
  if (groups > 1 || kernel.length > 2 || !isReadByThrees || isTakenForProduct(patch, form)) return false;
  const rank = kernel.length + 2;
  const pads = new Array(2 * rank).fill(0).with(rank + 1, 4 - channels % 4);
  const [x, filters, ...bias] = patch.node.inputs;
  return patch.become([patch.pad(x, pads), patch.pad(filters, pads), ...bias], patch.node.attrs);
};
