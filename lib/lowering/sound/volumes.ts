/**
 * Convolutions of volumes: ONNX Runtime 1.30 has no kernel for Conv with groups, nor for ConvTranspose, above two spatial axes. The
 * groups become convolutions of their own; ConvTranspose is refused.
 */
import { int } from "../../graph/graph.ts";
import type { Repair } from "./_patch.ts";
import { range, windowForm } from "./_window.ts";

export const groupedVolumes: Repair = (patch) => {
  const { groups, filters: [outputs, channels], kernel } = windowForm(patch);
  if (groups === 1 || kernel.length !== 3) return false;
  const each = outputs / groups;
  const [x, filters, bias] = patch.node.inputs;
  const part = (value: string, group: number, length: number, axis: number): string =>
    patch.gather(value, range(length).map((i) => group * length + i), axis);
  const parts = range(groups).map((group) => {
    const inputs = [part(x, group, channels, 1), part(filters, group, each, 0)];
    if (bias) inputs.push(part(bias, group, each, 0));
    return patch.add("Conv", inputs, { ...patch.node.attrs, group: int(1) });
  });
  return patch.become(parts, { axis: int(1) }, "Concat");
};

export const transposedVolumes: Repair = (patch) => {
  const { kernel } = windowForm(patch);
  return kernel.length <= 2 ? false : patch.refuse(`it has ${kernel.length} spatial axes, at most 2 are known there`);
};
