/** Short forms written out: `head: coral` is `head: { use: coral }`. */
import { child, type Dict, type Entry, type Tree } from "./tree.ts";

/** Where a file names plug-ins, by path; `*` stands for every item of a list. */
const SLOTS: readonly (readonly string[])[] = [
  ["dataset"],
  ["augmentation", "*"],
  ["backbone"],
  ["train", "optimizer"],
  ["train", "schedule"],
];

/** The tree with every plug-in named by `use`. */
export function writtenOut(root: Dict): Dict {
  const single = SLOTS.reduce<Tree>((tree, slot) => changedAt(tree, slot, named), root);
  return BY_TASK.reduce<Tree>((tree, key) => changedAt(tree, [key], expanded), single) as Dict;
}

/**
 * Whether a head or loss is a map by task, such as `{ age: coral, gender: { use: classification } }`: it names no plug-in itself,
 * and has the task `age` or only plug-ins as values.
 */
export function isByTask(tree: Tree | undefined): tree is Dict {
  if (tree?.kind !== "map" || tree.entries.has("use") || tree.entries.size === 0) return false;
  if (tree.entries.has("age")) return true;
  return [...tree.entries.values()].every((entry) => child(entry.value, "use") !== undefined);
}

/** The keys that may be maps by task. */
export const BY_TASK: readonly string[] = ["head", "loss"];

function expanded(tree: Tree): Tree {
  return isByTask(tree) ? mapped(tree, named) : named(tree);
}

function named(tree: Tree): Tree {
  if (tree.kind !== "scalar" || typeof tree.value !== "string") return tree;
  const use: Entry = { key: tree.place, value: tree };
  return { kind: "map", entries: new Map([["use", use]]), place: tree.place };
}

function changedAt(tree: Tree, slot: readonly string[], change: (tree: Tree) => Tree): Tree {
  if (slot.length === 0) return change(tree);
  const [step, ...rest] = slot;
  if (step === "*") {
    if (tree.kind !== "list") return tree;
    return { ...tree, items: tree.items.map((item) => changedAt(item, rest, change)) };
  }
  if (tree.kind !== "map") return tree;
  return mapped(tree, (value, key) => (key === step ? changedAt(value, rest, change) : value));
}

function mapped(dict: Dict, change: (value: Tree, key: string) => Tree): Dict {
  const entries = Array.from(
    dict.entries,
    ([key, entry]) => [key, { ...entry, value: change(entry.value, key) }] as const,
  );
  return { ...dict, entries: new Map(entries) };
}
