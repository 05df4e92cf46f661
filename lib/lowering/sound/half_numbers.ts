/**
 * Pad and Clip of float16. The shaders of ONNX Runtime 1.30 read the number that they fill or bound with in a form that naga, the
 * compiler of WGSL in Deno and Firefox, refuses. They are computed in float32.
 */
import { ONNX_TYPES } from "../../graph/element_types.ts";
import { int } from "../../graph/graph.ts";
import type { Patch, Repair } from "./_patch.ts";

export const halfNumbers: Repair = (patch) => {
  const { node: { inputs, attrs, op }, known } = patch;
  if (known.type(inputs[0]) !== "float16") return false;
  const wide = inputs.map((name) => (name !== "" && known.type(name) === "float16" ? widened(patch, name) : name));
  const made = patch.add(op, wide, attrs);
  return patch.become([made], { to: int(ONNX_TYPES.float16) }, "Cast");
};

function widened(patch: Patch, name: string): string {
  const made = patch.add("Cast", [name], { to: int(ONNX_TYPES.float32) });
  patch.known.learn(made, { type: { type: "float32", shape: patch.known.shape(name) } });
  return made;
}
