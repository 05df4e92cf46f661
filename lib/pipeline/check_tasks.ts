/** `head` and `loss`: one pair, or one per task; a loss that cannot read what its head gives is refused. */
import type { Head, LogitKind, Loss } from "../contracts/model.ts";
import type { TaskSpec, Use } from "../contracts/pipeline.ts";
import { type Checking, checkSlot } from "./sections.ts";
import { isByTask } from "./shorthand.ts";
import { checked } from "./issues.ts";
import { weightsSchema } from "./schema.ts";
import type { Named } from "./slots.ts";
import { child, type Dict, type Path, placeOf, type Tree } from "./tree.ts";
import { anyOf, hint } from "./words.ts";

const MAIN_TASK = "age";

const KINDS: Readonly<Record<LogitKind, string>> = {
  value: "a value",
  class: "class logits",
  rank: "rank logits",
  conditional_rank: "conditional rank logits",
};

/** What a model calls its own inputs and outputs. */
const TAKEN: readonly string[] = ["image", "features", "loss", "posterior"];

/** The age first, then the others by name: the order in which a file names them means nothing. */
export function checkTasks(checking: Checking): readonly TaskSpec[] {
  const names = taskNames(checking);
  const weights = checkWeights(names, checking);
  const single = names.length === 1 && !isByTask(child(checking.root, "head"));
  const head = child(checking.root, "head");
  for (const name of names.filter((name) => name !== MAIN_TASK && head?.kind === "map")) {
    const place = (head as Dict).entries.get(name)!.key;
    if (TAKEN.includes(name)) {
      checking.findings.complain(
        place,
        `no task can be called "${name}", as models have that name for another value: rename its column`,
      );
    } else checking.findings.tasks.push({ name, place });
  }
  return names.flatMap((name) => {
    const task = checkTask(single ? [] : [name], checking);
    return task ? [{ name, ...task, weight: weights.get(name) ?? 1 }] : [];
  });
}

/** The tasks that both `head` and `loss` name; a task of only one of them is noted. */
function taskNames({ root, findings }: Checking): readonly string[] {
  const head = child(root, "head");
  const loss = child(root, "loss");
  const heads = isByTask(head) ? [...head.entries.keys()] : [MAIN_TASK];
  const losses = isByTask(loss) ? [...loss.entries.keys()] : [MAIN_TASK];
  if (isByTask(head) !== isByTask(loss) && head && loss) {
    const place = isByTask(head) ? loss.place : head.place;
    findings.complain(place, '"head" and "loss" must both name one plug-in, or both be maps by task');
    return [];
  }
  const missing = (key: string, there: readonly string[], other: Tree | undefined, wanted: readonly string[]): void => {
    for (const name of wanted) {
      if (other && !there.includes(name)) {
        findings.complain(placeOf(root, [key]), `task "${name}" has no ${key}: add "${key}.${name}"`);
      }
    }
  };
  missing("loss", losses, loss, heads);
  missing("head", heads, head, losses);
  if (!heads.includes(MAIN_TASK)) {
    findings.complain(placeOf(root, ["head"]), `no task "${MAIN_TASK}": it is the one that is evaluated`);
  }
  const others = heads.filter((name) => name !== MAIN_TASK && losses.includes(name)).sort();
  return heads.includes(MAIN_TASK) && losses.includes(MAIN_TASK) ? [MAIN_TASK, ...others] : others;
}

function checkTask(
  task: Path,
  checking: Checking,
): { head: Use; loss: Use } | undefined {
  const { heads, losses } = checking.plugins;
  const otherwise = task.length === 0 ? `, or the task "${MAIN_TASK}" to a map by task` : "";
  const head = checkSlot<Head<unknown>>({ word: "head", plugins: heads, otherwise }, ["head", ...task], checking);
  const loss = checkSlot<Loss<unknown>>({ word: "loss", plugins: losses, otherwise }, ["loss", ...task], checking);
  if (!head || !loss) return undefined;
  checkPair(head, loss, losses, checking);
  return head.use && loss.use && { head: head.use, loss: loss.use };
}

function checkPair(
  head: Named<Head<unknown>>,
  loss: Named<Loss<unknown>>,
  losses: readonly Loss<unknown>[],
  { findings }: Checking,
): void {
  const { emits } = head.plugin;
  if (loss.plugin.accepts.includes(emits)) return;
  const needs = loss.plugin.accepts.map((kind) => KINDS[kind]).join(" or ");
  const message = `loss "${loss.plugin.name}" needs ${needs}, head "${head.plugin.name}" gives ${KINDS[emits]}`;
  findings.complain(loss.place, message + suited(emits, losses));
}

/** The losses that read this kind of logits, shortest name first. */
function suited(emits: LogitKind, losses: readonly Loss<unknown>[]): string {
  const names = losses.filter((loss) => loss.accepts.includes(emits)).map((loss) => loss.name);
  names.sort((a, b) => a.length - b.length);
  return names.length > 0 ? `; use loss ${anyOf(names)}` : "";
}

function checkWeights(names: readonly string[], { root, findings }: Checking): ReadonlyMap<string, number> {
  const tree = child(child(root, "train"), "weights");
  if (!tree) return new Map();
  const weights = checked(weightsSchema, { tree, path: ["train", "weights"] }, findings) ?? {};
  const given = tree.kind === "map" ? [...tree.entries.keys()] : [];
  for (const name of given.filter((name) => !names.includes(name))) {
    findings.complain(placeOf(tree, [name]), `unknown task "${name}"${hint(name, names)}`);
  }
  return new Map(Object.entries(weights));
}
