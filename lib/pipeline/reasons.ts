/** Why a stage must run: its recipe compared with the one that the pipeline used last. */
import { canonical } from "../base/canonical.ts";
import type { Files } from "../contracts/files.ts";
import type { Outcome } from "../contracts/store.ts";
import type { Recipe } from "./key.ts";
import { listed } from "./words.ts";

const MOST_NAMED = 3;
const GONE = "its cached result is gone";

/** @param files the door on the dataset's folder, which remembers how it was. */
export async function reasonFor(
  recipe: Recipe,
  latest: Outcome | "gone" | undefined,
  files: () => Files,
): Promise<string> {
  if (!latest) return "first run";
  if (latest === "gone") return GONE;
  const before = latest.recipe as unknown as Recipe;
  const reasons = [
    ...before.version === recipe.version ? [] : [`its code is version ${recipe.version}, was ${before.version}`],
    ...changedValues(before.params, recipe.params),
    ...await changedSources(before, recipe, files),
    ...changedInputs(before, recipe),
    ...before.numeric === recipe.numeric ? [] : [`computed by ${recipe.numeric}, was ${before.numeric}`],
  ];
  return reasons.length > 0 ? shortened(reasons) : GONE;
}

function shortened(reasons: readonly string[]): string {
  const more = reasons.length - MOST_NAMED;
  return [...reasons.slice(0, MOST_NAMED), ...more > 0 ? [`${more} more`] : []].join("; ");
}

function changedInputs(before: Recipe, now: Recipe): readonly string[] {
  const names = changedKeys(before.inputs, now.inputs);
  return names.length > 0 ? [`${listed(names)} changed`] : [];
}

/** `epochs changed from 15 to 3`, by dotted path. */
function changedValues(before: unknown, now: unknown): readonly string[] {
  const old = leaves(before, "");
  const current = leaves(now, "");
  const paths = [...new Set([...current.keys(), ...old.keys()])].filter((path) => old.get(path) !== current.get(path));
  return paths.map((path) => describeChange(path, old.get(path), current.get(path)));
}

function describeChange(path: string, before: string | undefined, now: string | undefined): string {
  const name = path === "" ? "parameters" : path;
  if (before === undefined) return `${name} is new`;
  if (now === undefined) return `${name} is gone`;
  return `${name} changed from ${before} to ${now}`;
}

/** Texts of the values by dotted path; short lists are values. */
function leaves(value: unknown, path: string): Map<string, string> {
  const isList = Array.isArray(value) && value.every((item) => typeof item !== "object");
  if (value === undefined) return new Map();
  if (isList || value === null || typeof value !== "object") return new Map([[path, canonical(value)]]);
  const inner = Object.entries(value).flatMap(([key, item]) => [...leaves(item, path === "" ? key : `${path}.${key}`)]);
  return new Map(inner);
}

async function changedSources(before: Recipe, now: Recipe, files: () => Files): Promise<readonly string[]> {
  const names = changedKeys(before.sources, now.sources);
  return await Promise.all(names.map(async (name) => {
    const changes = before.sources[name] === undefined ? undefined : await files().changes(before.sources[name]);
    if (!changes) return `${name} changed`;
    return `${name} changed: +${changes.added} -${changes.removed} ~${changes.changed}`;
  }));
}

function changedKeys(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): readonly string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((name) => before[name] !== now[name]);
}
