/** `dataset`: reader, folder, ages and split. */
import type { DatasetReader } from "../contracts/data.ts";
import type { DatasetSpec, Split } from "../contracts/pipeline.ts";
import { checked, keysOf } from "./issues.ts";
import { namedPath } from "./named_path.ts";
import { datasetSchema, type SplitBy, splitSchemas } from "./schema.ts";
import { type Checking, checkSlot, mapAt, seedOf } from "./sections.ts";
import type { Room } from "./slots.ts";
import { type Dict, filtered, placeOf, textAt } from "./tree.ts";
import { hint } from "./words.ts";

const OWN = [...keysOf(datasetSchema), "split"];

export function checkDataset(checking: Checking): DatasetSpec | undefined {
  const { findings } = checking;
  const room: Room<DatasetReader<unknown>> = { word: "dataset", plugins: checking.plugins.datasets };
  const reader = checkSlot(room, ["dataset"], checking, { own: OWN });
  const dict = mapAt(checking, ["dataset"]);
  const tree = filtered(dict, (key) => Object.hasOwn(datasetSchema.shape, key));
  const spec = checked(datasetSchema, { tree, path: ["dataset"] }, findings);
  const split = checkSplit(checking);
  if (spec && spec.ages[0] >= spec.ages[1]) {
    findings.complain(
      placeOf(dict, ["ages"]),
      `"dataset.ages" must go from a lower to a higher age, not ${spec.ages[0]} to ${spec.ages[1]}`,
    );
  }
  refuseEmptyCrop(dict, spec?.crop ?? null, checking);
  if (spec?.align) refuseAlignment(dict, spec, reader?.plugin, checking);
  const path = namedPath({ dict, key: "path", kind: "folder", where: "dataset.path" }, checking);
  if (reader?.use && path !== undefined) {
    findings.dataset = { reader: reader.plugin, params: reader.use.params, folder: path, place: reader.place };
  }
  if (!reader?.use || !spec || !split || path === undefined) return undefined;
  const { ages, tolerate, crop, align } = spec;
  return { ...reader.use, path, ages, split, tolerate, crop, align };
}

function refuseEmptyCrop(dict: Dict, crop: DatasetSpec["crop"], { findings }: Checking): void {
  if (crop === null) return;
  const problem = problemOfCrop(crop);
  if (problem === undefined) return;
  findings.complain(
    placeOf(dict, ["crop"]),
    `"dataset.crop" is left, top, right, bottom: ${problem}, not [${crop.join(", ")}]`,
  );
}

function problemOfCrop([left, top, right, bottom]: NonNullable<DatasetSpec["crop"]>): string | undefined {
  if (left >= right || top >= bottom) return "right must exceed left and bottom top";
  if (left >= 1 || top >= 1 || right <= 0 || bottom <= 0) return "some of the image (0 to 1) must be inside";
  return undefined;
}

/** Alignment needs a reader with landmarks, and decides by itself which part of the image is used. */
function refuseAlignment(
  dict: Dict,
  spec: Pick<DatasetSpec, "crop">,
  reader: DatasetReader<unknown> | undefined,
  { findings, plugins }: Checking,
): void {
  const able = plugins.datasets.filter(({ landmarks }) => landmarks).map(({ name }) => `"use: ${name}"`);
  if (reader && !reader.landmarks) {
    const without = `"dataset.align" needs landmarks, which "use: ${reader.name}" does not read`;
    const message = `${without}; ${able.join(" or ")} does`;
    findings.complain(placeOf(dict, ["align"]), message);
  }
  if (spec.crop === null) return;
  const message = '"dataset.crop" means nothing beside "dataset.align", which places each face itself: leave one out';
  findings.complain(placeOf(dict, ["crop"]), message);
}

function checkSplit(checking: Checking): Split | undefined {
  const { findings } = checking;
  const dict = mapAt(checking, ["dataset", "split"]);
  const by = textAt(dict, "by") ?? "random";
  const known = Object.keys(splitSchemas);
  if (!known.includes(by)) {
    findings.complain(placeOf(dict, ["by"]), `unknown split "${by}"${hint(by, known)}`);
    return undefined;
  }
  return SPLITS[by as SplitBy](dict, checking);
}

const SPLITS: Readonly<Record<SplitBy, (dict: Dict, checking: Checking) => Split | undefined>> = {
  random(dict, checking) {
    const split = checked(splitSchemas.random, spotOf(withBy(dict)), checking.findings);
    if (split && split.test + split.validation >= 1) {
      const message = `"test" and "validation" together take ${
        split.test + split.validation
      } of the faces: leave a share to train on`;
      checking.findings.complain(placeOf(dict, ["test"]), message);
    }
    return split && { ...split, seed: seedOf(split.seed, SEED, checking) };
  },
  list(dict, checking) {
    const split = checked(splitSchemas.list, spotOf(dict), checking.findings);
    const path = (key: string): string | undefined =>
      namedPath({ dict, key, kind: "file", where: `dataset.split.${key}` }, checking);
    if (!split) return undefined;
    const files = {
      train: path("train") ?? split.train,
      test: path("test"),
      validation: path("validation") ?? split.validation,
    };
    return { ...split, ...files, seed: seedOf(split.seed, SEED, checking) };
  },
  folds(dict, checking) {
    const split = checked(splitSchemas.folds, spotOf(dict), checking.findings);
    if (split && split.fold >= split.folds) {
      checking.findings.complain(
        placeOf(dict, ["fold"]),
        `"fold" counts from 0: with ${split.folds} folds it is at most ${split.folds - 1}`,
      );
    }
    return split && { ...split, seed: seedOf(split.seed, SEED, checking) };
  },
};

const SEED = "dataset.split.seed";

function spotOf(tree: Dict) {
  return { tree, path: ["dataset", "split"] };
}

/** The default way to split, where none is named. */
function withBy(dict: Dict): Dict {
  if (dict.entries.has("by")) return dict;
  const place = { ...dict.place, origin: "default" };
  const entry = { key: place, value: { kind: "scalar", value: "random", place } as const };
  return { ...dict, entries: new Map([["by", entry], ...dict.entries]) };
}
