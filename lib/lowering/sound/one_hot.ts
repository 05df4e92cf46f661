/** OneHot of other integers than int64. ONNX Runtime 1.30 opens no session with it. They are made int64 first. */
import { ONNX_TYPES } from "../../graph/element_types.ts";
import { int } from "../../graph/graph.ts";
import type { Repair } from "./_patch.ts";

export const oneHot: Repair = (patch) => {
  const [indices, ...rest] = patch.node.inputs;
  if ((patch.known.type(indices) ?? "int64") === "int64") return false;
  const wide = patch.add("Cast", [indices], { to: int(ONNX_TYPES.int64) });
  return patch.become([wide, ...rest], patch.node.attrs);
};
