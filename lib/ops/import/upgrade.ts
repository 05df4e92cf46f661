/** The words of the importers: a node of another operator set version, and its rewriting in ours. */
import type { Builder, Value } from "../../contracts/op.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Attrs, Node } from "../../graph/graph.ts";
import { int64s } from "./constants.ts";

/** A node as the file has it, with its inputs as values of the new graph. */
export interface Imported {
  readonly node: Node;
  readonly inputs: readonly (Value | null)[];
  /** Version of the operator set that the node is written in. */
  readonly opset: number;
  readonly builder: Builder;
  /** Adds a node that makes the outputs of the imported one, under their names; what is not given stays as it is. */
  keep(changes?: Changes): readonly Value[];
}

export interface Changes {
  readonly op?: string;
  readonly inputs?: readonly (Value | null)[];
  readonly attrs?: Attrs;
  /** How many of the outputs are made, from the first on. */
  readonly outputs?: number;
}

/** Adds the nodes of our operator set that do what the imported node does, and gives its outputs. */
export type Upgrade = (imported: Imported) => readonly Value[];

/** Upgrades by operator. */
export type Upgrades = Readonly<Record<string, Upgrade>>;

export function intOf(attrs: Attrs, name: string, otherwise: number): number {
  const attr = attrs[name];
  return attr?.kind === "int" ? attr.value : otherwise;
}

export function floatOf(attrs: Attrs, name: string): number | undefined {
  const attr = attrs[name];
  return attr?.kind === "float" ? attr.value : undefined;
}

export function stringOf(attrs: Attrs, name: string, otherwise: string): string {
  const attr = attrs[name];
  return attr?.kind === "string" ? attr.value : otherwise;
}

export function intsOf(attrs: Attrs, name: string): readonly number[] | undefined {
  const attr = attrs[name];
  return attr?.kind === "ints" ? attr.value : undefined;
}

export function without(attrs: Attrs, ...names: readonly string[]): Attrs {
  return Object.fromEntries(Object.entries(attrs).filter(([name]) => !names.includes(name)));
}

/** An int64 vector, or null where there are no values. */
export function vector(builder: Builder, values: readonly number[] | undefined): Value | null {
  return values === undefined ? null : builder.constant(int64s([values.length], values));
}

/** Input `i`, which must be there. */
export function operand({ node, inputs }: Imported, i = 0): Value {
  const value = inputs[i];
  if (!value) throw new GraphError(`Cannot import ${node.op} "${node.name}": input ${i} is missing`);
  return value;
}

export function refuse({ node }: Imported, reason: string): never {
  throw new GraphError(`Cannot import ${node.op} "${node.name}": ${reason}`);
}
