/**
 * Chains of Transpose, Slice, Split, Concat and Reshape that only bring rows of memory into another order become one Gather: it
 * copies rows on all threads, while each of the others is a pass of its own on one. Heads, windows and shifts of attentions are such
 * chains: their passes took 92 ms of one core in a step of Swin-tiny, of which 49 are left.
 */
import { sizeOf } from "../base/tensor.ts";
import type { OpRule, Value } from "../contracts/op.ts";
import { type Graph, isStatic, type Node } from "../graph/graph.ts";
import { gather, reshape } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { compositeRules } from "./composites.ts";
import { indexTable } from "./index_tables.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";
import { concatenated, type RowView, selectedParts, transposed } from "./row_views.ts";

/** Shorter rows, in floats, cost more to look up than to move one by one. */
const LEAST_ROW = 16;

/** The same graph with permutations of rows as Gathers. `extra` are the rules of what else it holds. */
export function permuteRows(graph: Graph, extra: readonly OpRule[] = []): Graph {
  let permuting: Permuting | undefined;
  return rewrite(graph, [...rules, ...compositeRules, ...extra], (node, rewriting) => {
    permuting ??= new Permuting(rewriting, graph);
    return permuting.visit(node);
  });
}

class Permuting {
  /** Values of the old graph that have not been computed. */
  readonly #views = new Map<string, RowView>();
  readonly #tables: { readonly rows: Int32Array; readonly table: Value }[] = [];
  readonly #outputs: ReadonlySet<string>;

  constructor(private readonly rewriting: Rewriting, private readonly graph: Graph) {
    this.#outputs = new Set(graph.outputs.map((output) => output.name));
  }

  visit(node: Node): boolean {
    const views = this.#viewsOf(node);
    if (views && !node.outputs.some((output) => this.#outputs.has(output))) {
      node.outputs.forEach((output, i) => this.#views.set(output, views[i]));
      return true;
    }
    for (const name of node.inputs) this.#settle(name);
    return false;
  }

  /** The outputs of a node as views, if it only moves rows. */
  #viewsOf(node: Node): readonly RowView[] | undefined {
    if (node.domain !== "" || node.inputs[0] === "") return undefined;
    switch (node.op) {
      case "Reshape":
      case "Squeeze":
      case "Unsqueeze":
        return this.#reshaped(node);
      case "Transpose":
        return longRows(one(transposed(this.#view(node.inputs[0]), node.attrs)));
      case "Slice":
      case "Split":
        return longRows(selectedParts(node, this.#view(node.inputs[0]), this.#constants(node)));
      case "Concat":
        return longRows(one(concatenated(node.inputs.map((name) => this.#views.get(name)), node.attrs)));
    }
  }

  /** Only of a view: by itself a change of shape moves nothing. */
  #reshaped(node: Node): readonly RowView[] | undefined {
    const view = this.#views.get(node.inputs[0]);
    const shape = view && this.graph.types.get(node.outputs[0])?.shape;
    return shape && isStatic(shape) ? [{ ...view, shape }] : undefined;
  }

  /** Of the inputs behind the first. */
  #constants({ inputs }: Node): readonly (readonly number[] | undefined)[] {
    return inputs.map((name, i) => (i === 0 || name === "" ? undefined : this.#constant(name)));
  }

  #constant(name: string): readonly number[] | undefined {
    if (this.#views.has(name)) return undefined;
    const { constant } = this.rewriting.value(name);
    return constant && Array.from(constant.data, Number);
  }

  #view(name: string): RowView | undefined {
    const known = this.#views.get(name);
    if (known) return known;
    const source = this.rewriting.value(name);
    if (source.type !== "float32" || source.constant || !isStatic(source.shape)) return undefined;
    return { source, shape: source.shape, unit: sizeOf(source.shape), rows: Int32Array.of(0) };
  }

  /** Computes a value that was only a view, since some other node reads it. */
  #settle(name: string): void {
    const view = this.#views.get(name);
    if (view === undefined) return;
    this.#views.delete(name);
    this.rewriting.set(name, this.#compute(view));
  }

  #compute({ source, shape, unit, rows }: RowView): Value {
    const total = sizeOf(source.shape as readonly number[]);
    if (rows.length * unit === total && rows.every((row, i) => row === i)) return reshape(source, shape);
    return reshape(gather(reshape(source, [total / unit, unit]), this.#table(rows)), shape);
  }

  /** One constant for equal tables. */
  #table(rows: Int32Array): Value {
    const known = this.#tables.find((other) => equal(other.rows, rows));
    if (known) return known.table;
    const table = indexTable(this.rewriting.builder, rows);
    this.#tables.push({ rows, table });
    return table;
  }
}

function one(view: RowView | undefined): readonly RowView[] | undefined {
  return view && [view];
}

/** Nothing where the rows are too short. */
function longRows(views: readonly RowView[] | undefined): readonly RowView[] | undefined {
  return views?.every(({ unit }) => unit >= LEAST_ROW) ? views : undefined;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((row, i) => row === b[i]);
}
