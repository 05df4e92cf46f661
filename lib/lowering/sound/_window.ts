/** How Conv and ConvTranspose nodes lay their windows. */
import { readWindow, type WindowAttrs } from "../../ops/window.ts";
import { intOf } from "../attributes.ts";
import type { Patch } from "./_patch.ts";

export interface WindowForm extends WindowAttrs {
  readonly groups: number;
  /** Lengths of the filters: [outputs, channels of a group] of Conv, [channels, outputs of a group] of ConvTranspose. */
  readonly filters: readonly [number, number];
}

export function windowForm(patch: Patch): WindowForm {
  const { op, attrs } = patch.node;
  const [first, second, ...kernel] = patch.lengths(1);
  const given = readWindow(op, attrs, kernel.length);
  return { ...given, kernel, groups: intOf(attrs, "group", 1), filters: [first, second] };
}

/** Numbers from 0 below `length`. */
export function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Whether the runtime computes a Conv as one matrix product: it looks at the padding of the begins only. */
export function isTakenForProduct(patch: Patch, { kernel, strides, begins }: WindowForm): boolean {
  if (begins.some((pad) => pad !== 0)) return false;
  const image = patch.known.shape(patch.node.inputs[0])?.slice(2) ?? [];
  return [...kernel, ...strides].every((length) => length === 1) || image.join() === kernel.join();
}
