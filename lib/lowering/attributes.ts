/** Reading attributes of nodes that are already known to be well-formed. */
import type { Attrs } from "../graph/graph.ts";
import { readWindow, type WindowAttrs } from "../ops/window.ts";

export function intOf(attrs: Attrs, name: string, absent: number): number {
  const attr = attrs[name];
  return attr?.kind === "int" ? attr.value : absent;
}

export function intsOf(attrs: Attrs, name: string, absent: readonly number[]): readonly number[] {
  const attr = attrs[name];
  return attr?.kind === "ints" ? attr.value : absent;
}

export function stringOf(attrs: Attrs, name: string, absent: string): string {
  const attr = attrs[name];
  return attr?.kind === "string" ? attr.value : absent;
}

export function floatOf(attrs: Attrs, name: string, absent: number): number {
  const attr = attrs[name];
  return attr?.kind === "float" ? attr.value : absent;
}

/** The window of a node on images [N,C,H,W]: two entries in every list. */
export function imageWindow(attrs: Attrs): WindowAttrs {
  return readWindow("a window", attrs, 2);
}

/** Whether the taps of a window lie side by side. */
export function isDense({ dilations }: WindowAttrs): boolean {
  return dilations.every((dilation) => dilation === 1);
}
