/** Files and folders that a pipeline names, relative to the file that names them. */
import { join } from "./paths.ts";
import type { Checking } from "./sections.ts";
import { child, type Dict, textAt } from "./tree.ts";

/** What is named at `key` of a map, and where that map stands. */
export interface Naming {
  readonly dict: Dict;
  readonly key: string;
  readonly kind: "file" | "folder";
  /** Dotted path of the value, for messages. */
  readonly where: string;
}

/** The absolute path of what is named, noted as one that must be there; undefined where no text is. */
export function namedPath({ dict, key, kind, where }: Naming, { findings }: Checking): string | undefined {
  const text = textAt(dict, key);
  if (text === undefined || text === "") return undefined;
  const { place } = child(dict, key)!;
  const path = join(place.folder, text);
  findings.paths.push({ path, kind, key: where, place });
  return path;
}
