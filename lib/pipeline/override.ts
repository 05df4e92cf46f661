/** Changes from the command line: `train.epochs=3` sets one value by its dotted path. */
import type { Problem } from "../base/errors.ts";
import { merge } from "./merge.ts";
import { type ParseOptions, parseYaml } from "./parse.ts";
import { writtenOut } from "./shorthand.ts";
import { child, type Dict, type Place, problemAt, type Tree } from "./tree.ts";

/** The file name that problems of an override show. */
export const OVERRIDE = "override";

export interface Overridden {
  readonly tree: Dict;
  readonly problems: readonly Problem[];
}

/** Applies overrides in order. */
export function applyOverrides(root: Dict, overrides: readonly string[], options: ParseOptions): Overridden {
  let tree = root;
  const problems: Problem[] = [];
  for (const text of overrides) {
    const { path, value, found } = readOverride(text, options);
    problems.push(...found);
    if (!value || found.length > 0) continue;
    try {
      tree = merge(tree, writtenOut(overlay(tree, path, value) as Dict));
    } catch (error) {
      if (!(error instanceof NoSuchItem)) throw error;
      problems.push(problemAt(error.place, error.message));
    }
  }
  return { tree, problems };
}

/** One key of an override's path, with its place in the text. */
interface Step {
  readonly key: string;
  readonly place: Place;
}

function readOverride(text: string, options: ParseOptions): { path: Step[]; value?: Tree; found: readonly Problem[] } {
  const at = text.indexOf("=");
  const place = placeIn(text, 0, Math.max(1, at < 0 ? text.length : at), options.cwd);
  if (at < 1 || text.slice(0, at).split(".").includes("")) {
    return { path: [], found: [problemAt(place, `cannot read "${text}": write a.b=value, such as train.epochs=3`)] };
  }
  const padded = " ".repeat(at + 1) + text.slice(at + 1);
  const { tree, problems } = parseYaml({ text: padded, file: OVERRIDE, folder: options.cwd }, options);
  const found = problems.map((problem) => ({ ...problem, source: text }));
  const value: Tree = tree && text.slice(at + 1).trim() !== ""
    ? shownAs(tree, text)
    : { kind: "scalar", value: null, place };
  return { path: stepsOf(text, at, options.cwd), value, found };
}

function stepsOf(text: string, end: number, folder: string): Step[] {
  let column = 0;
  return text.slice(0, end).split(".").map((key) => {
    const place = placeIn(text, column, key.length, folder);
    column += key.length + 1;
    return { key, place };
  });
}

function placeIn(text: string, start: number, length: number, folder: string): Place {
  return { file: OVERRIDE, line: 1, column: start + 1, length, source: text, folder, origin: OVERRIDE };
}

/** The same tree with places that show the override as it was typed. */
function shownAs(tree: Tree, text: string): Tree {
  const origin = tree.place.origin.startsWith("environment") ? tree.place.origin : OVERRIDE;
  const place = { ...tree.place, source: text, origin };
  if (tree.kind === "scalar") return { ...tree, place };
  if (tree.kind === "list") return { ...tree, items: tree.items.map((item) => shownAs(item, text)), place };
  const entries = Array.from(tree.entries, ([key, entry]) => {
    return [key, { key: { ...entry.key, source: text, origin: OVERRIDE }, value: shownAs(entry.value, text) }] as const;
  });
  return { ...tree, entries: new Map(entries), place };
}

class NoSuchItem extends Error {
  constructor(readonly place: Place, count: number) {
    super(
      `no item "${
        place.source.slice(place.column - 1, place.column - 1 + place.length)
      }": the list has ${count}, counted from 0`,
    );
  }
}

/** What has to be merged into `current` to set `value` below it. Inside a list, the whole list with one item changed. */
function overlay(current: Tree | undefined, path: readonly Step[], value: Tree): Tree {
  if (path.length === 0) return value;
  const [{ key, place }, ...rest] = path;
  const inner = overlay(child(current, key), rest, value);
  if (current?.kind !== "list") return { kind: "map", entries: new Map([[key, { key: place, value: inner }]]), place };
  const index = /^\d+$/.test(key) ? Number(key) : NaN;
  if (!(index < current.items.length)) throw new NoSuchItem(place, current.items.length);
  const items = current.items.map((item, i) => (i === index ? changed(item, inner) : item));
  return { ...current, items };
}

function changed(item: Tree, inner: Tree): Tree {
  return item.kind === "map" && inner.kind === "map" ? merge(item, inner) : inner;
}
