/** How Conv and ConvTranspose nodes lay their windows. */
import { intOf, intsOf, stringOf } from "../attributes.ts";
import type { Patch } from "./_patch.ts";

export interface WindowForm {
  readonly groups: number;
  /** Lengths of the filters: [outputs, channels of a group] of Conv, [channels, outputs of a group] of ConvTranspose. */
  readonly filters: readonly [number, number];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  /** Whether the padding follows from the lengths of the input. */
  readonly isAutomatic: boolean;
}

export function windowForm(patch: Patch): WindowForm {
  const { attrs } = patch.node;
  const [first, second, ...kernel] = patch.lengths(1);
  const nothing = kernel.map(() => 0);
  const pads = intsOf(attrs, "pads", [...nothing, ...nothing]);
  return {
    groups: intOf(attrs, "group", 1),
    filters: [first, second],
    kernel,
    strides: intsOf(attrs, "strides", kernel.map(() => 1)),
    dilations: intsOf(attrs, "dilations", kernel.map(() => 1)),
    begins: pads.slice(0, kernel.length),
    ends: pads.slice(kernel.length),
    isAutomatic: stringOf(attrs, "auto_pad", "NOTSET").startsWith("SAME"),
  };
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
