/** What the checks of all sections of a pipeline share. */
import type { ZodType } from "zod";
import type { Plugin } from "../contracts/plugin.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { Findings } from "./findings.ts";
import { checked } from "./issues.ts";
import { checkUse, type Named, type Room } from "./slots.ts";
import { child, type Dict, type Path, type Place, type Tree, withEntry } from "./tree.ts";
import { hint } from "./words.ts";

/** What every check is handed. */
export interface Checking {
  readonly root: Dict;
  readonly plugins: Plugins;
  readonly findings: Findings;
  /** The pipeline's seed, with the origin of its value. */
  readonly seed: { readonly value: number; readonly origin: string };
}

/** The map at a path, or an empty one standing where it would. */
export function mapAt({ root, findings }: Checking, path: Path): Dict {
  const tree = path.reduce<Tree | undefined>(child, root);
  if (tree?.kind === "map") return tree;
  if (tree) findings.complain(tree.place, `"${path.join(".")}" must be a map of keys to values`);
  return { kind: "map", entries: new Map(), place: { ...root.place, origin: "default" } };
}

/** A section without plug-ins. */
export function checkPlain<T>(schema: ZodType<T>, key: string, checking: Checking): T | undefined {
  return checked(schema, { tree: mapAt(checking, [key]), path: [key] }, checking.findings);
}

/** A plug-in that a pipeline must name at a path, unless there is a default. */
export function checkSlot<T extends Plugin<unknown>>(
  room: Room<T>,
  path: Path,
  checking: Checking,
  options: { own?: readonly string[]; fallback?: string } = {},
): Named<T> | undefined {
  const { root, findings } = checking;
  const tree = withFallback(path.reduce<Tree | undefined>(child, root), options.fallback, root.place);
  if (tree) return checkUse(room, { tree, path }, findings, options.own);
  const names = room.plugins.map((plugin) => plugin.name);
  findings.complain(root.place, `"${path.join(".")}" is missing: name the ${room.word}${hint("", names)}`);
  return undefined;
}

/** The map of a slot, with the default plug-in where it names none. */
function withFallback(tree: Tree | undefined, name: string | undefined, at: Place): Tree | undefined {
  if (name === undefined || (tree && (tree.kind !== "map" || tree.entries.has("use")))) return tree;
  const place = { ...tree?.place ?? at, origin: "default" };
  return withEntry(tree ?? { kind: "map", entries: new Map(), place }, "use", {
    key: place,
    value: { kind: "scalar", value: name, place },
  });
}

/** A seed that is the pipeline's where the section names none of its own. */
export function seedOf(own: number | undefined, key: string, { seed, findings }: Checking): number {
  if (own === undefined) findings.origins[key] = seed.origin;
  return own ?? seed.value;
}
