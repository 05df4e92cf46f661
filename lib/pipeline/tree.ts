/** A pipeline file as a tree of values that know where they were written. */
import type { Problem } from "../base/errors.ts";

/** The stretch of text that a value or a key was written as. */
export interface Place {
  /** The file as the user knows it, or `override`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The whole source line. */
  readonly source: string;
  /** What a relative path written here is relative to. */
  readonly folder: string;
  /** How the lock file names where the value came from: `file:line`, `override`, `environment NAME`. */
  readonly origin: string;
}

export interface Scalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly place: Place;
}

export interface List {
  readonly kind: "list";
  readonly items: readonly Tree[];
  readonly place: Place;
}

export interface Dict {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly place: Place;
}

/** The value of a key, and where the key stands. */
export interface Entry {
  readonly key: Place;
  readonly value: Tree;
}

export type Tree = Scalar | List | Dict;

/** Keys and list positions from the root. */
export type Path = readonly (string | number)[];

export function problemAt(place: Place, message: string): Problem {
  const { file, line, column, length, source } = place;
  return { file, line, column, length, source, message };
}

/** The value at a key or list position. */
export function child(tree: Tree | undefined, key: string | number): Tree | undefined {
  if (tree?.kind === "map") return tree.entries.get(String(key))?.value;
  if (tree?.kind === "list") return tree.items[Number(key)];
  return undefined;
}

/** The text of a scalar string at a key. */
export function textAt(tree: Tree | undefined, key: string): string | undefined {
  const found = child(tree, key);
  return found?.kind === "scalar" && typeof found.value === "string" ? found.value : undefined;
}

/** The tree as ordinary data. */
export function plain(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.value;
  if (tree.kind === "list") return tree.items.map(plain);
  return Object.fromEntries(Array.from(tree.entries, ([key, entry]) => [key, plain(entry.value)]));
}

/** The place that shows a path best: of its value, or of the nearest key above it where there is none. */
export function placeOf(root: Tree, path: Path): Place {
  let tree = root;
  let place = root.place;
  for (const [i, key] of path.entries()) {
    const next = child(tree, key);
    if (!next) break;
    const last = i === path.length - 1;
    const entry = tree.kind === "map" ? tree.entries.get(String(key)) : undefined;
    place = last && next.kind === "scalar" ? next.place : entry?.key ?? next.place;
    tree = next;
  }
  return place;
}

/** A map with some of its entries. */
export function filtered(dict: Dict, keep: (key: string) => boolean): Dict {
  return { ...dict, entries: new Map([...dict.entries].filter(([key]) => keep(key))) };
}

/** A map with one entry added or replaced. */
export function withEntry(dict: Dict, key: string, entry: Entry): Dict {
  return { ...dict, entries: new Map(dict.entries).set(key, entry) };
}
