/**
 * Dropout. ONNX Runtime 1.30 opens no session with it on webgpu. In inference it drops nothing; in training it is refused, since it
 * draws random numbers that nobody could repeat.
 */
import { toNumbers } from "../../base/tensor.ts";
import { ONNX_TYPES } from "../../graph/element_types.ts";
import { int } from "../../graph/graph.ts";
import type { Patch, Repair } from "./_patch.ts";

export const dropout: Repair = (patch) => {
  const { inputs: [x, , training], outputs: [, mask] } = patch.node;
  if (training && isTrue(patch, training)) patch.refuse("it draws random numbers", "export the model for inference");
  patch.become([x], {}, "Identity");
  if (mask && patch.known.isUsed(mask)) keepAll(patch, x, mask);
  return true;
};

function isTrue(patch: Patch, name: string): boolean {
  const data = patch.known.settled(name);
  return data === undefined || toNumbers(data)[0] !== 0;
}

/** A mask that is true everywhere: a truth value or its contrary. */
function keepAll(patch: Patch, x: string, mask: string): void {
  if (patch.opset < 10) patch.refuse("its mask is used", "export the model for inference");
  const some = patch.add("Cast", [x], { to: int(ONNX_TYPES.bool) });
  patch.become([some, patch.add("Not", [some])], {}, "Or", mask);
}
