/** Brings graphs of any operator set into the one that the rules are written for, with everything static worked out. */
import { UserError } from "../base/errors.ts";
import type { OpRule, Value } from "../contracts/op.ts";
import { type Bindings, bindShapes } from "../graph/bind.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { GraphError } from "../graph/errors.ts";
import { createBuilder } from "./builder.ts";
import { argumentUpgrades } from "./import/arguments.ts";
import { constantOf } from "./import/constants.ts";
import { meaningUpgrades } from "./import/meanings.ts";
import { Opening, type Reopened } from "./import/opening.ts";
import type { Imported, Upgrades } from "./import/upgrade.ts";

const OLDEST = 7;
const NEWEST = 24;
const UPGRADES: Upgrades = { ...argumentUpgrades, ...meaningUpgrades };

/**
 * `graph` in the forms of operator set `OPSET`, for inputs of the shapes in `bindings`: arguments that older sets keep in
 * attributes are inputs, constants are initializers, what depends on static shapes and integer constants alone is computed,
 * and nodes that no output needs are gone. Types of all values are inferred anew.
 * @throws UserError on an operator set that is too old or too new.
 * @throws GraphError on an unknown operator, an input without a shape, or shapes that do not fit.
 */
export function canonicalise(graph: Graph, bindings: Bindings = {}, rules?: Iterable<OpRule>): Graph {
  const opened = graphBuilderFrom(bindShapes(graph, bindings), rules);
  for (const { name } of graph.outputs) opened.builder.output(name, opened.value(name));
  return opened.builder.finish({ name: graph.name, metadata: graph.metadata, doc: graph.doc });
}

/**
 * A builder that holds `graph` in the form that `canonicalise` gives it, so that nodes can be added. All values can be had by
 * their names, none is an output yet. Floating-point initializers are weights: they stay and nothing is folded over them; so do
 * the values that `kept` names.
 */
export function graphBuilderFrom(graph: Graph, rules?: Iterable<OpRule>, kept: Iterable<string> = []): Reopened {
  const opset = graph.opsets[""] ?? OLDEST;
  if (opset < OLDEST || opset > NEWEST) {
    const known = `known are ${OLDEST} to ${NEWEST}`;
    throw new UserError(
      `Cannot import "${graph.name}": it is written in operator set ${opset}, ${known}; export it for one of these`,
    );
  }
  const opening = new Opening(graph, createBuilder(rules), kept);
  for (const node of graph.nodes) {
    try {
      addNode(opening, node, opset);
    } catch (error) {
      throw withOpenLengths(error, graph);
    }
  }
  return opening;
}

/** Tells which lengths of the inputs could be bound, since most misfits come from those. */
function withOpenLengths(error: unknown, graph: Graph): unknown {
  const open = graph.inputs.flatMap(({ shape }) => (shape ?? []).filter((dim) => typeof dim === "string"));
  if (!(error instanceof GraphError) || open.length === 0) return error;
  const names = [...new Set(open)].map((name) => `"${name}"`).join(", ");
  return new GraphError(`${error.message} (the input lengths ${names} are open: bind them to numbers)`, {
    cause: error,
  });
}

function addNode(opening: Opening, node: Node, opset: number): void {
  const made = node.domain === "" ? addStandard(opening, node, opset) : opening.keep(node);
  node.outputs.forEach((name, i) => {
    if (name !== "" && made[i] !== undefined) opening.set(name, made[i]);
  });
}

function addStandard(opening: Opening, node: Node, opset: number): readonly Value[] {
  const { builder } = opening;
  if (node.op === "Constant") return [opening.constant(node.outputs[0], constantOf(node), false)];
  if (!Object.hasOwn(UPGRADES, node.op)) return opening.keep(node);
  const imported: Imported = {
    node,
    opset,
    builder,
    inputs: opening.inputs(node),
    keep: (changes) => opening.keep(node, changes),
  };
  return UPGRADES[node.op](imported);
}
