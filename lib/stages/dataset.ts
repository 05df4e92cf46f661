/** Reads the labels, keeps the ages asked for, and divides the faces into training, validation and test images. */
import { UserError } from "../base/errors.ts";
import type { Face, Reject } from "../contracts/data.ts";
import type { Files } from "../contracts/files.ts";
import type { Pipeline, Split } from "../contracts/pipeline.ts";
import { byName } from "../contracts/plugins.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { BlobRef } from "../contracts/store.ts";
import type { World } from "../contracts/world.ts";
import type { SplitLists } from "../splits/by_list.ts";
import { describeTwins, findLeaks, type Leaks } from "../splits/leaks.ts";
import { readList } from "../splits/list.ts";
import type { SplitResult } from "../splits/part.ts";
import { splitFaces } from "../splits/split.ts";
import { namedFile } from "./_files.ts";
import { writeRows } from "./_json_rows.ts";
import { type DatasetSummary, type FaceRow, type Part, toJson } from "./_tables.ts";

export const dataset: Stage = {
  name: "dataset",
  about: "Reads labels, filters by age, splits into training, validation and test, looks for leaks.",
  version: 1,
  needs: [],
  makes: ["faces", "summary"],
  numeric: false,
  params: ({ dataset: { use, params, ages, split } }) => ({ use, params, ages, split: withoutPaths(split) }),
  sources,
  run,
};

const LISTS = ["train", "validation", "test"] as const;

/** The list files of a split by list, by part. */
function listFiles(split: Split): readonly { part: Part; file: string }[] {
  if (split.by !== "list") return [];
  return LISTS.flatMap((part) => {
    const file = split[part];
    return typeof file === "string" ? [{ part, file }] : [];
  });
}

/** The split without its list files: their content counts, not where they lie. */
function withoutPaths(split: Split): unknown {
  if (split.by !== "list") return split;
  const { train: _train, test: _test, validation, ...rest } = split;
  return typeof validation === "number" ? { ...rest, validation } : rest;
}

async function sources({ dataset: { path, split } }: Pipeline, world: World): Promise<Record<string, string>> {
  const digests: Record<string, string> = { images: await world.files(path).fingerprint() };
  for (const { part, file } of listFiles(split)) {
    digests[`${part} list`] = await namedFile(file, world).digest();
  }
  return digests;
}

async function run(_: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  // One door: what it lists is as the folder was at first, and its digests are known.
  const files = context.world.files(pipeline.dataset.path);
  await files.list();
  const { faces, rejects } = await readFaces(pipeline, files, context);
  const lists = await readLists(pipeline.dataset.split, context.world);
  const split = splitFaces(faces, pipeline.dataset.split, lists);
  warnOfLists(split, context);
  const [first, last] = pipeline.dataset.ages;
  const inRange = split.ages.map((age) => age >= first && age <= last);
  const rows: FaceRow[] = [];
  for (const [i, face] of faces.entries()) {
    const part = split.parts[i];
    if (!inRange[i] || part === "unused") continue;
    rows.push({ ...face, age: split.ages[i], split: part, digest: await files.digest(face.file) });
  }
  const leaks = findLeaks(rows.map(({ file, age, split, digest }) => ({ file, age, part: split, digest })));
  const summary: DatasetSummary = {
    counts: countParts(rows),
    outside: inRange.filter((inside) => !inside).length,
    unused: split.parts.filter((part, i) => part === "unused" && inRange[i]).length,
    rejects,
    leaks: describeLeaks(leaks),
  };
  tell(summary, pipeline, context);
  return { faces: await writeRows(rows, await context.writer()), summary: await context.put(toJson(summary)) };
}

async function readFaces(
  pipeline: Pipeline,
  files: Files,
  context: StageContext,
): Promise<{ faces: Face[]; rejects: Reject[] }> {
  const { use, params } = pipeline.dataset;
  const reader = byName(context.plugins.datasets, use);
  const faces: Face[] = [];
  const rejects: Reject[] = [];
  for await (const entry of reader.read(files, params)) {
    if ("reason" in entry) rejects.push(entry);
    else faces.push(entry);
  }
  return { faces, rejects };
}

async function readLists(split: Split, world: World): Promise<SplitLists> {
  if (split.by !== "list") return {};
  const lists: Partial<Record<Part, ReturnType<typeof readList>>> = {};
  for (const { part, file } of listFiles(split)) {
    const { name, read } = namedFile(file, world);
    lists[part] = readList(new TextDecoder().decode(await read()), name, split.offset);
  }
  return lists;
}

function countParts(rows: readonly FaceRow[]): Record<Part, number> {
  const count = (part: Part): number => rows.filter((row) => row.split === part).length;
  return { train: count("train"), validation: count("validation"), test: count("test") };
}

function describeLeaks({ acrossParts, acrossAges }: Leaks): string[] {
  return [
    ...acrossParts.map((twins) => `the same image in several parts: ${describeTwins(twins)}`),
    ...acrossAges.map((twins) => `the same image with several ages: ${describeTwins(twins)}`),
  ];
}

function warnOfLists(split: SplitResult, context: StageContext): void {
  for (const { list, count, of, examples } of split.absent) {
    context.warn(`${count} of ${of} images in ${list} are not in the dataset: ${examples.join(", ")}`);
  }
  if (split.relabelled > 0) context.warn(`the lists give ${split.relabelled} faces another age than the dataset`);
}

/** Says what is odd about the data, and refuses to go on with nothing to train on. */
function tell(summary: DatasetSummary, pipeline: Pipeline, context: StageContext): void {
  const { rejects, leaks, counts, outside } = summary;
  if (rejects.length > 0) {
    const shown = rejects.slice(0, 3).map(({ file, reason }) => `${file} (${reason})`).join(", ");
    context.warn(`${rejects.length} entries without a usable label are left out: ${shown}`);
  }
  for (const leak of leaks.slice(0, 5)) context.warn(`leak: ${leak}`);
  if (leaks.length > 5) context.warn(`${leaks.length - 5} more leaks; the report lists them all`);
  if (counts.train > 0) return;
  throw new UserError(
    `Cannot train on "${pipeline.dataset.path}": no labelled image is left for training (${rejects.length} without a ` +
      `label, ${outside} outside the ages ${
        pipeline.dataset.ages.join(" to ")
      }); check dataset.use, path, ages and split`,
  );
}
