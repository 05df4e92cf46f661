/** Reverse-mode differentiation: one sweep from the loss back over the nodes of a builder. */
import { isFloat, scalar, sizeOf } from "../base/tensor.ts";
import type { BuiltNode, Tape, Value } from "../contracts/op.ts";
import { GraphError } from "../graph/errors.ts";
import { type Dim, isStatic } from "../graph/graph.ts";
import { add, expand, mul, reshape } from "../ops/emit.ts";
import { qualified } from "../ops/registry.ts";

/**
 * The gradient of the scalar `loss` with respect to each of `wrt`: values of its shape and type, made by nodes that are
 * added to the builder. Only nodes on a path from `wrt` to `loss` are differentiated; where there is no path the gradient is
 * zero.
 * @throws GraphError where the loss is no floating-point scalar, or an operator on a path has no gradient.
 */
export function gradients(loss: Value, wrt: readonly Value[]): readonly Value[] {
  if (!isStatic(loss.shape) || sizeOf(loss.shape) !== 1) {
    const shape = loss.shape.join(", ");
    throw new GraphError(
      `Cannot differentiate "${loss.name}" of shape [${shape}]: a loss must be one number, reduce it`,
    );
  }
  const one = loss.builder.constant(scalar(loss.type, 1));
  const seed = loss.shape.length === 0 ? one : reshape(one, loss.shape);
  const found = pullback(new Map([[loss, seed]]), wrt);
  return found.map((gradient, i) => gradient ?? zeros(wrt[i]));
}

/** Zeros of the shape of `like`. */
function zeros(like: Value): Value {
  if (!isStatic(like.shape)) return mul(like, 0);
  return expand(like.builder.constant(scalar(like.type, 0)), like.shape);
}

/**
 * The vector-Jacobian product: the sum over `seeds` of seed · d(value)/d(wrt), for each of `wrt`; null where no seeded value
 * depends on it. A seed has the shape and type of its value.
 * @throws GraphError where an operator on a path has no gradient, or a value is not floating-point.
 */
export function pullback(seeds: ReadonlyMap<Value, Value>, wrt: readonly Value[]): readonly (Value | null)[] {
  for (const value of [...seeds.keys(), ...wrt]) checkFloat(value);
  const [start] = seeds.keys();
  const nodes = [...start.builder.nodes];
  const active = dependents(nodes, wrt);
  const total = new Map<Value, Value>();
  for (const [value, seed] of seeds) if (active.has(value)) accumulate(total, value, seed);
  for (const node of nodes.toReversed()) sweep(node, active, total);
  return wrt.map((value) => total.get(value) ?? null);
}

/** The floating-point values that depend on one of `wrt`, themselves included. */
function dependents(nodes: readonly BuiltNode[], wrt: readonly Value[]): ReadonlySet<Value> {
  const active = new Set(wrt);
  for (const node of nodes) {
    if (!node.inputs.some((input) => input !== null && active.has(input))) continue;
    for (const output of node.outputs) if (isFloat(output.type)) active.add(output);
  }
  return active;
}

/** Carries the gradients of a node's outputs on to its inputs. */
function sweep(node: BuiltNode, active: ReadonlySet<Value>, total: Map<Value, Value>): void {
  const dys = node.outputs.map((output) => total.get(output) ?? null);
  const wanted = node.inputs.map((input) => input !== null && active.has(input));
  if (!wanted.includes(true) || dys.every((dy) => dy === null)) return;
  const dxs = applyRule(node, dys, wanted);
  node.inputs.forEach((input, i) => {
    const dx = dxs[i] ?? null;
    if (input === null || !wanted[i] || dx === null) return;
    checkFit(node, i, input, dx);
    accumulate(total, input, dx);
  });
}

/** A value that is used twice has the sum of both gradients. */
function accumulate(total: Map<Value, Value>, value: Value, gradient: Value): void {
  const before = total.get(value);
  total.set(value, before === undefined ? gradient : add(before, gradient));
}

function applyRule(
  node: BuiltNode,
  dys: readonly (Value | null)[],
  wanted: readonly boolean[],
): readonly (Value | null)[] {
  const { vjp } = node.rule;
  if (vjp === null) {
    throw new GraphError(
      `Cannot differentiate ${title(node)}: this operator has no gradient, keep it off the loss's path`,
    );
  }
  const { inputs, outputs, attrs } = node;
  const { builder } = outputs[0];
  const tape: Tape = { builder, inputs, outputs, attrs, wanted: (i) => wanted[i] ?? false };
  try {
    return vjp(tape, dys);
  } catch (error) {
    if (!(error instanceof GraphError || error instanceof TypeError)) throw error;
    throw new GraphError(`Cannot differentiate ${title(node)}: ${error.message}`, { cause: error });
  }
}

function title(node: BuiltNode): string {
  return `${qualified(node.rule.type, node.rule.domain ?? "")} "${node.name}"`;
}

/** Guards against a gradient rule that forgets to undo a broadcast or a cast. */
function checkFit(node: BuiltNode, i: number, input: Value, dx: Value): void {
  const sameShape = dx.shape.length === input.shape.length &&
    dx.shape.every((dim, axis) => agree(dim, input.shape[axis]));
  if (dx.type === input.type && sameShape) return;
  const got = `${dx.type}[${dx.shape.join(",")}]`;
  const wanted = `${input.type}[${input.shape.join(",")}]`;
  throw new GraphError(
    `Cannot differentiate ${title(node)}: the gradient of input ${i} is ${got}, the input ${wanted}`,
  );
}

/** Lengths known by name only may be spelled differently. */
function agree(a: Dim, b: Dim): boolean {
  return a === b || typeof a === "string" || typeof b === "string";
}

function checkFloat(value: Value): void {
  if (isFloat(value.type)) return;
  throw new GraphError(
    `Cannot differentiate with "${value.name}" of type ${value.type}: only floating-point values have gradients`,
  );
}
