/** The places where a pipeline names a plug-in, checked by the plug-in's own schema. */
import type { Use } from "../contracts/pipeline.ts";
import type { Plugin } from "../contracts/plugin.ts";
import type { Findings } from "./findings.ts";
import { checked, keysOf, type Spot } from "./issues.ts";
import { child, type Dict, filtered, type Place, type Scalar, type Tree } from "./tree.ts";
import { hint } from "./words.ts";

/** The plug-ins that a slot may name. */
export interface Room<T extends Plugin<unknown>> {
  /** What one of them is called in messages. */
  readonly word: string;
  readonly plugins: readonly T[];
  /** What may be added instead of `use`, for messages. */
  readonly otherwise?: string;
}

/** A plug-in that a pipeline names, with the place of its name. */
export interface Named<T> {
  readonly plugin: T;
  /** Undefined where its parameters are wrong, which is noted. */
  readonly use: Use | undefined;
  readonly place: Place;
}

/**
 * Finds the plug-in that a map names and checks its parameters.
 * @param own keys of the same map that belong to the pipeline, not to the plug-in.
 * @returns undefined where none is named, or an unknown one, which is noted.
 */
export function checkUse<T extends Plugin<unknown>>(
  room: Room<T>,
  spot: Spot,
  findings: Findings,
  own: readonly string[] = [],
): Named<T> | undefined {
  const name = nameIn(spot.tree);
  const names = room.plugins.map((plugin) => plugin.name);
  if (!name) {
    findings.complain(
      firstPlace(spot.tree),
      `"${spot.path.join(".")}" names no ${room.word}: add "use"${room.otherwise ?? ""}${hint("", names)}`,
    );
    return undefined;
  }
  const plugin = room.plugins.find((candidate) => candidate.name === name.value);
  if (!plugin) {
    findings.complain(name.place, `unknown ${room.word} "${name.value}"${hint(String(name.value), names)}`);
    return undefined;
  }
  findings.origins[[...spot.path, "use"].join(".")] = name.place.origin;
  const tree = filtered(spot.tree as Dict, (key) => key !== "use" && !own.includes(key));
  const known = [...keysOf(plugin.params), ...own];
  const params = checked(plugin.params, { tree, path: spot.path, known }, findings);
  const use = params === undefined ? undefined : { use: plugin.name, params: params as Use["params"] };
  return { plugin, use, place: name.place };
}

function nameIn(tree: Tree): Scalar | undefined {
  const name = child(tree, "use");
  return name?.kind === "scalar" && typeof name.value === "string" ? name : undefined;
}

function firstPlace(tree: Tree): Place {
  if (tree.kind !== "map" || tree.entries.size === 0) return tree.place;
  return tree.entries.get("use")?.value.place ?? [...tree.entries.values()][0].key;
}
