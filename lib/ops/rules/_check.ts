/** What every rule asks of its inputs and attributes, with one form of refusal. */
import { type DType, isFloat, type Tensor, toNumbers } from "../../base/tensor.ts";
import type { Numbers } from "../../contracts/op.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Attr, Attrs, Shape, TensorType } from "../../graph/graph.ts";

/** Which element types an operator takes. */
export type Accepts = "float" | "number" | "bool" | "any";

/** Refuses a node. @throws GraphError always. */
export function misfit(op: string, problem: string): never {
  throw new GraphError(`Cannot apply "${op}": ${problem}`);
}

/** A shape as messages show it. */
export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Input `i`, which must be there. */
export function required<T>(op: string, inputs: readonly (T | null | undefined)[], i: number): T {
  return inputs[i] ?? misfit(op, `input ${i} is missing`);
}

/** @throws GraphError where the node has fewer than `least` or more than `most` inputs. */
export function checkCount(op: string, inputs: readonly unknown[], least: number, most: number): void {
  const count = inputs.length;
  if (count >= least && count <= most) return;
  misfit(op, `it has ${count} inputs, it takes ${least === most ? least : `${least} to ${most}`}`);
}

/** @throws GraphError where the operator does not take this element type. */
export function checkType(op: string, type: DType, accepts: Accepts): void {
  const fits = accepts === "any" || (accepts === "float" && isFloat(type)) || (accepts === "bool" && type === "bool") ||
    (accepts === "number" && type !== "bool");
  if (!fits) misfit(op, `an input is ${type}, it takes ${accepts} types`);
}

/** The one element type that all inputs share. */
export function sharedType(op: string, inputs: readonly (TensorType | null)[], accepts: Accepts): DType {
  const types = inputs.filter((input) => input !== null).map((input) => input.type);
  const other = types.find((type) => type !== types[0]);
  if (other) misfit(op, `the inputs are ${types.join(" and ")}, they must have one element type`);
  checkType(op, types[0], accepts);
  return types[0];
}

/** The integers of constant input `i`; undefined where that input is left out. @throws GraphError where it is not constant. */
export function constantInts(
  op: string,
  inputs: readonly (TensorType | null)[],
  constants: readonly (Tensor | undefined)[],
  i: number,
): readonly number[] | undefined {
  if (!inputs[i]) return undefined;
  const constant = constants[i];
  if (!constant) misfit(op, `input ${i} is computed at run time, it must be constant`);
  return Array.from(toNumbers(constant));
}

/** The integers of input `i` while computing; undefined where that input is left out. */
export function numbersOf(inputs: readonly (Numbers | null)[], i: number): readonly number[] | undefined {
  const input = inputs[i];
  return input ? Array.from(input.data) : undefined;
}

function read<K extends Attr["kind"]>(attrs: Attrs, name: string, kind: K): Extract<Attr, { kind: K }> | undefined {
  const attr = attrs[name];
  if (attr === undefined) return undefined;
  if (attr.kind !== kind) throw new GraphError(`Cannot read attribute "${name}": it is ${attr.kind}, expected ${kind}`);
  return attr as Extract<Attr, { kind: K }>;
}

export const intAttr = (attrs: Attrs, name: string, fallback: number): number =>
  read(attrs, name, "int")?.value ?? fallback;
export const floatAttr = (attrs: Attrs, name: string, fallback: number): number =>
  read(attrs, name, "float")?.value ?? fallback;
export const stringAttr = (attrs: Attrs, name: string, fallback: string): string =>
  read(attrs, name, "string")?.value ?? fallback;
export const intsAttr = (attrs: Attrs, name: string): readonly number[] | undefined => read(attrs, name, "ints")?.value;
export const tensorAttr = (attrs: Attrs, name: string): Tensor | undefined => read(attrs, name, "tensor")?.value;
