/** A pipeline file with its parents: `extends` followed, short forms written out, variables put in. */
import type { Problem } from "../base/errors.ts";
import { merge } from "./merge.ts";
import { type ParseOptions, parseYaml } from "./parse.ts";
import { dirname, join } from "./paths.ts";
import { writtenOut } from "./shorthand.ts";
import { child, type Dict, filtered, type Place, problemAt } from "./tree.ts";

/** What reading a pipeline needs of the world. */
export interface PipelineDoors extends ParseOptions {
  /** The text of a file; undefined where there is none. */
  readText(path: string): Promise<string | undefined>;
  /** What lies at an absolute path. */
  kindOf(path: string): Promise<"file" | "folder" | undefined>;
}

export interface Resolved {
  /** Undefined where the file or one of its parents cannot be read. */
  readonly tree?: Dict;
  readonly problems: readonly Problem[];
}

const MOST_PARENTS = 20;

/** @param file as the user names it, relative to `doors.cwd` or absolute. */
export async function resolveFile(file: string, doors: PipelineDoors): Promise<Resolved> {
  const nowhere: Place = { file, line: 1, column: 1, length: 1, source: "", folder: doors.cwd, origin: file };
  return await resolveChain(file, nowhere, doors, []);
}

async function resolveChain(
  file: string,
  named: Place,
  doors: PipelineDoors,
  below: readonly string[],
): Promise<Resolved> {
  const path = join(doors.cwd, file);
  if (below.includes(path) || below.length > MOST_PARENTS) {
    return { problems: [problemAt(named, `"extends" leads back to "${file}": a file cannot be its own ancestor`)] };
  }
  const text = await doors.readText(path);
  if (text === undefined) {
    const state = await doors.kindOf(path) === "folder"
      ? "it is a folder, name a file in it"
      : "no such file, check the path";
    return { problems: [problemAt(named, `cannot read "${file}": ${state}`)] };
  }
  const { tree, problems } = parseYaml({ text, file, folder: dirname(path) }, doors);
  if (!tree) return { problems };
  if (tree.kind !== "map") {
    return { problems: [...problems, problemAt(tree.place, "a pipeline is a map of keys to values")] };
  }
  const own = writtenOut(filtered(tree, (key) => key !== "extends"));
  const parent = await resolveParent(tree, file, doors, [...below, path]);
  const all = [...parent.problems, ...problems];
  if (!parent.tree && tree.entries.has("extends")) return { problems: all };
  return { tree: parent.tree ? merge(parent.tree, own) : own, problems: all };
}

async function resolveParent(
  tree: Dict,
  file: string,
  doors: PipelineDoors,
  below: readonly string[],
): Promise<Resolved> {
  const parent = child(tree, "extends");
  if (!parent) return { problems: [] };
  if (parent.kind !== "scalar" || typeof parent.value !== "string") {
    return { problems: [problemAt(parent.place, '"extends" names one file, relative to this one')] };
  }
  return await resolveChain(join(dirname(file), parent.value), parent.place, doors, below);
}
