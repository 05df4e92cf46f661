/**
 * LayerNormalization whose scale or bias is smaller than the layer. ONNX allows it; ONNX Runtime 1.30 refuses when it runs. They are
 * expanded to the whole layer.
 */
import { type Dim, int, isStatic, type Shape } from "../../graph/graph.ts";
import { intOf } from "../attributes.ts";
import type { Patch, Repair } from "./_patch.ts";

export const layerNormalization: Repair = (patch) => {
  const [x, ...factors] = patch.node.inputs;
  const axis = intOf(patch.node.attrs, "axis", -1);
  const layer = patch.known.shape(x)?.slice(axis);
  if (factors.every((factor) => factor === "" || isWhole(patch.known.shape(factor), layer, axis))) return false;
  const lengths = lengthsOf(patch, layer, axis);
  const whole = factors.map((factor) => (factor === "" ? "" : patch.add("Expand", [factor, lengths])));
  patch.nodes.push({ ...patch.node, inputs: [x, ...whole] });
  return true;
};

/** Whether a factor surely is as large as the layer. */
function isWhole(factor: Shape | undefined, layer: readonly Dim[] | undefined, axis: number): boolean {
  if (factor === undefined) return false;
  if (layer !== undefined) return factor.join() === layer.join();
  return axis === -1 && factor.length === 1 && factor[0] !== 1;
}

function lengthsOf(patch: Patch, layer: readonly Dim[] | undefined, axis: number): string {
  if (layer !== undefined && isStatic(layer)) return patch.int64s(layer);
  return patch.add("Shape", [patch.node.inputs[0]], { start: int(axis) });
}
