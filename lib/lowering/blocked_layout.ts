/** Which images of a graph are held in blocked order, and their other orders on demand. */
import type { Value } from "../contracts/op.ts";
import { type Graph, isStatic, type Node } from "../graph/graph.ts";
import { transpose } from "../ops/emit.ts";
import { toBlocked, toPlain, toRows } from "./blocked_ops.ts";
import { Consumers } from "./consumers.ts";
import { Producers, type Rewriting } from "./rewrite.ts";

/** Writes the node in blocked order and returns true, or returns false: then it reads the plain order and stays as it is. */
export type BlockedForm = (node: Node, layout: BlockedLayout) => boolean;

/** A gradient that another may be added to while it is computed. */
type Summing = (sum: Value) => Value;

/** The images of the new graph by the names of the old one. */
export class BlockedLayout {
  /** Values of the old graph that have a blocked form. */
  readonly #blocked = new Map<string, Value>();
  readonly #plain = new Set<string>();
  readonly #rows = new Map<Value, Value>();
  readonly #made = new Map<string, Value>();
  readonly #summing = new Map<string, Summing>();
  readonly producers: Producers;
  readonly consumers: Consumers;

  constructor(readonly rewriting: Rewriting, graph: Graph, readonly block: number) {
    this.producers = new Producers(graph);
    this.consumers = new Consumers(graph);
  }

  /** Puts a blocked image in the place of the one output of `node`. */
  set(node: Node, value: Value): true {
    this.#blocked.set(node.outputs[0], value);
    if (this.consumers.isOutput(node.outputs[0])) this.plain(node.outputs[0]);
    return true;
  }

  /** Remembers that the output of `node` can be had with another image added at no cost. */
  offerSum(node: Node, summing: Summing): void {
    this.#summing.set(node.outputs[0], summing);
  }

  summing(name: string): Summing | undefined {
    return this.#summing.get(name);
  }

  /** Whether this many channels fill blocks. */
  fits(channels: number): boolean {
    return channels % this.block === 0;
  }

  isBlocked(name: string): boolean {
    return this.#blocked.has(name);
  }

  /** The image in blocked order. */
  blocked(name: string): Value {
    const known = this.#blocked.get(name);
    if (known) return known;
    const value = toBlocked(this.rewriting.value(name));
    this.#blocked.set(name, value);
    this.#plain.add(name);
    return value;
  }

  /** Any value in its own order. */
  plain(name: string): Value {
    const blocked = this.#blocked.get(name);
    if (blocked && !this.#plain.has(name)) {
      this.rewriting.set(name, toPlain(blocked));
      this.#plain.add(name);
    }
    return this.rewriting.value(name);
  }

  /** The image as [N,H,W,C]. */
  rows(name: string): Value {
    const blocked = this.#blocked.get(name);
    if (!blocked) return transpose(this.rewriting.value(name), [0, 2, 3, 1]);
    const rows = this.#rows.get(blocked) ?? toRows(blocked);
    this.#rows.set(blocked, rows);
    return rows;
  }

  /** What `make` gives for this key, made at its first use. */
  once(key: string, make: () => Value): Value {
    const value = this.#made.get(key) ?? make();
    this.#made.set(key, value);
    return value;
  }

  /** The value of an optional input. */
  optional(name: string | undefined): Value | null {
    return name ? this.rewriting.value(name) : null;
  }

  /** The shape of a value, where it is known. */
  shape(name: string): readonly number[] | undefined {
    const { shape } = this.#blocked.get(name) ?? this.rewriting.value(name);
    return isStatic(shape) ? shape : undefined;
  }
}
