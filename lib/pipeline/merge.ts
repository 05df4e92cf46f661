/** How a child file or an override changes its parent: maps key by key, lists and scalars as a whole. */
import { BY_TASK, isByTask } from "./shorthand.ts";
import { type Dict, type Entry, filtered, textAt, type Tree } from "./tree.ts";

/** Keys that belong to a stage, not to the plug-in that it names: they stay when another plug-in is named. */
const STAGE_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["dataset", ["path", "ages", "split", "tolerate", "crop", "align"]],
]);

/** Keys whose value decides what the others mean. */
const DECIDING = ["use", "by"];

/** Both with short forms written out. */
export function merge(parent: Dict, overlay: Dict): Dict {
  return mergeMaps(parent, overlay, "");
}

function mergeTrees(parent: Tree | undefined, overlay: Tree, path: string): Tree {
  if (parent?.kind !== "map" || overlay.kind !== "map") return overlay;
  const otherForm = isByTask(parent) ? overlay.entries.has("use") : isByTask(overlay);
  return BY_TASK.includes(path) && otherForm ? overlay : mergeMaps(parent, overlay, path);
}

function mergeMaps(parent: Dict, overlay: Dict, path: string): Dict {
  const kept = decidesAnew(parent, overlay)
    ? filtered(parent, (key) => STAGE_KEYS.get(path)?.includes(key) ?? false)
    : parent;
  const entries = new Map<string, Entry>(kept.entries);
  for (const [key, entry] of overlay.entries) {
    const inner = path === "" ? key : `${path}.${key}`;
    entries.set(key, { key: entry.key, value: mergeTrees(kept.entries.get(key)?.value, entry.value, inner) });
  }
  return { kind: "map", entries, place: overlay.place };
}

/** Whether the overlay names another plug-in (or another way to split), so that the parent's parameters mean nothing. */
function decidesAnew(parent: Dict, overlay: Dict): boolean {
  return DECIDING.some((key) => {
    const before = textAt(parent, key);
    return overlay.entries.has(key) && before !== undefined && before !== textAt(overlay, key);
  });
}
