/** A resolved tree to a checked pipeline: every problem at once, each at its place. */
import type { Augmentation, Metric } from "../contracts/data.ts";
import type { Pipeline, Use } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import { checkBackbone } from "./check_backbone.ts";
import { checkDataset } from "./check_dataset.ts";
import { checkFrozen } from "./check_frozen.ts";
import { checkTasks } from "./check_tasks.ts";
import { checkTrain } from "./check_train.ts";
import { Findings } from "./findings.ts";
import { checked, keysOf } from "./issues.ts";
import { basename } from "./paths.ts";
import { evaluateSchema, exportSchema, headerSchema, reportSchema } from "./schema.ts";
import { type Checking, checkPlain } from "./sections.ts";
import { checkUse } from "./slots.ts";
import { child, type Dict, filtered, placeOf, withEntry } from "./tree.ts";
import { hint } from "./words.ts";

const SECTIONS = ["dataset", "augmentation", "backbone", "head", "loss", "train", "evaluate", "export", "report"];

export interface Validated {
  /** Undefined where there are problems. */
  readonly pipeline?: Pipeline;
  readonly findings: Findings;
}

/** @param file the file as the user knows it; names the pipeline where the file does not. */
export function validate(root: Dict, file: string, plugins: Plugins): Validated {
  const findings = new Findings();
  const header = checkHeader(root, file, findings);
  const seed = { value: header?.seed ?? 0, origin: findings.origins.seed ?? "default" };
  const checking: Checking = { root, plugins, findings, seed };
  const dataset = checkDataset(checking);
  const augmentation = checkAugmentation(checking);
  const backbone = checkBackbone(checking);
  const tasks = checkTasks(checking);
  const train = checkTrain(checking);
  checkFrozen({ backbone, augmentation, train }, checking);
  const evaluate = checkEvaluate(checking);
  const exporting = checkPlain(exportSchema, "export", checking);
  const report = checkPlain(reportSchema, "report", checking);
  if (findings.problems().length > 0) return { findings };
  const { name, about } = header!;
  const parts = {
    dataset: dataset!,
    augmentation: augmentation.filter((step) => step !== undefined),
    backbone: backbone!,
    tasks,
    train: train!,
    evaluate: evaluate!,
  };
  const pipeline = { name, about, file, ...parts, export: exporting!, report: report!, origins: findings.origins };
  return { pipeline, findings };
}

function checkHeader(root: Dict, file: string, findings: Findings) {
  const named = root.entries.has("name") ? root : withEntry(root, "name", unwrittenName(root, file));
  const tree = filtered(named, (key) => !SECTIONS.includes(key));
  const known = [...keysOf(headerSchema), ...SECTIONS, "extends"];
  return checked(headerSchema, { tree, path: [], known }, findings);
}

function unwrittenName(root: Dict, file: string) {
  const place = { ...root.place, origin: "default" };
  const value = basename(file).replace(/\.[^.]*$/, "");
  return { key: place, value: { kind: "scalar", value, place } as const };
}

/** By position; undefined where one is wrong, which is noted. */
function checkAugmentation({ root, plugins, findings }: Checking): readonly (Use | undefined)[] {
  const tree = child(root, "augmentation");
  if (!tree) return [];
  if (tree.kind !== "list") {
    findings.complain(
      placeOf(root, ["augmentation"]),
      '"augmentation" must be a list, such as [flip, { use: crop, padding: 4 }]',
    );
    return [];
  }
  const room = { word: "augmentation", plugins: plugins.augmentations as readonly Augmentation<unknown>[] };
  return tree.items.map((item, i) => checkUse(room, { tree: item, path: ["augmentation", i] }, findings)?.use);
}

function checkEvaluate(checking: Checking): Pipeline["evaluate"] | undefined {
  const evaluate = checkPlain(evaluateSchema, "evaluate", checking);
  const known = checking.plugins.metrics.map((metric: Metric<unknown>) => metric.name);
  const tree = child(checking.root, "evaluate");
  for (const [i, name] of (evaluate?.metrics ?? []).entries()) {
    if (known.includes(name)) continue;
    checking.findings.complain(
      placeOf(tree ?? checking.root, ["metrics", i]),
      `unknown metric "${name}"${hint(name, known)}`,
    );
  }
  return evaluate;
}
