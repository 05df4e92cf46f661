/** What checking a pipeline finds: everything that is wrong, and where every value came from. */
import { nearest, type Problem } from "../base/errors.ts";
import type { NamedDataset, NamedTask } from "./label_columns.ts";
import { OVERRIDE } from "./override.ts";
import { child, type Path, type Place, problemAt, type Tree } from "./tree.ts";
import { hint } from "./words.ts";

/** An override that set a key which nothing knows; judged when all known paths are. */
interface UnknownOverride {
  readonly place: Place;
  readonly path: string;
  readonly siblings: readonly string[];
}

/** Something on disk that a pipeline names and that must be there. */
export interface NamedPath {
  readonly path: string;
  readonly kind: "file" | "folder";
  /** Dotted path of the value. */
  readonly key: string;
  readonly place: Place;
}

export class Findings {
  readonly origins: Record<string, string> = {};
  readonly paths: NamedPath[] = [];
  /** Where its parameters are right. */
  dataset: NamedDataset & { readonly place: Place } | undefined;
  /** Beside the age. */
  readonly tasks: NamedTask[] = [];
  readonly #problems: Problem[] = [];
  readonly #overrides: UnknownOverride[] = [];

  complain(place: Place, message: string): void {
    this.#problems.push(problemAt(place, message));
  }

  unknownKey(holder: Tree, path: Path, key: string, known: readonly string[]): void {
    const place = holder.kind === "map" ? holder.entries.get(key)?.key ?? holder.place : holder.place;
    const prefix = path.length > 0 ? `${path.join(".")}.` : "";
    if (place.file === OVERRIDE) {
      this.#overrides.push({ place, path: prefix + key, siblings: known.map((name) => prefix + name) });
    } else {
      this.complain(place, `unknown key "${key}"${hint(key, known)}`);
    }
  }

  /** Notes for each value below `data` whether it was written, and where. */
  noteOrigins(data: unknown, tree: Tree | undefined, path: Path): void {
    const inner = childrenOf(data);
    if (inner.length === 0 && !isEmptyMap(data)) this.origins[path.join(".")] = tree?.place.origin ?? "default";
    for (const [key, value] of inner) this.noteOrigins(value, child(tree, key), [...path, key]);
  }

  /** All problems, in the order of files and lines. */
  problems(): readonly Problem[] {
    const late = this.#overrides.map(({ place, path, siblings }) => {
      return problemAt(place, `unknown value "${path}"${this.#nearestPath(path, siblings)}`);
    });
    return [...this.#problems, ...late].sort((a, b) =>
      compare(a.file, b.file) || a.line - b.line || a.column - b.column
    );
  }

  #nearestPath(path: string, siblings: readonly string[]): string {
    const known = [...siblings, ...Object.keys(this.origins)];
    const last = path.slice(path.lastIndexOf(".") + 1);
    const elsewhere = known.find((candidate) => candidate.endsWith(`.${last}`));
    const near = nearest(path, known) ?? elsewhere;
    return near === undefined ? hint(path, siblings) : `; did you mean "${near}"?`;
  }
}

function childrenOf(data: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(data)) return data.map((item, i) => [i, item] as const);
  if (typeof data === "object" && data !== null) return Object.entries(data);
  return [];
}

function isEmptyMap(data: unknown): boolean {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
