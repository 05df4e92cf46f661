/** What a pipeline file may say outside its plug-ins. Plug-ins bring their own schemas. */
import { z } from "zod";

const seed = z.int().min(0).max(0xFFFF_FFFF);
/** An edge of a crop: at most one width or height beyond the image. */
const edge = z.number().min(-1).max(2);
const share = z.number().min(0).lt(1);

/** Top-level keys with plain values. */
export const headerSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be made of letters, digits, ".", "_" and "-"')
    .describe("names the folder of the results; default: the file's name"),
  about: z.string().default("").describe("one sentence for the report"),
  seed: seed.default(1).describe("fixes everything random: split, initial weights, order, augmentation"),
});

/** Keys of `dataset` beside those of the reader. */
export const datasetSchema = z.strictObject({
  path: z.string().min(1).describe("folder of the images, relative to the file that names it"),
  ages: z.tuple([z.int().min(0).max(150), z.int().min(0).max(150)]).default([0, 116])
    .describe("first and last label that are used, years, inclusive"),
  tolerate: z.number().min(0).max(1).default(0.01)
    .describe("share of unreadable images that a run goes on with, 0 to 1"),
  crop: z.tuple([edge, edge, edge, edge]).nullable().default(null)
    .describe(
      "left, top, right and bottom edge of the part that is used, as fractions of width and height; black beyond 0 and 1",
    ),
  align: z.enum(["five_points"]).nullable().default(null)
    .describe("five_points: turn, scale and shift each face so that its landmarks lie where face networks expect them"),
});

/** Keys of `backbone` beside those of the plug-in. */
export const backboneSchema = z.strictObject({
  weights: z.string().min(1).nullable().default(null)
    .describe("safetensors file with weights to start from, relative to the file that names it"),
  train: z.union([
    z.enum(["all", "none"]),
    z.string().regex(/^last [1-9][0-9]*$/, 'must be "all", "none" or "last" with a number, such as "last 3"'),
  ]).default("all").describe("which layers train: all, none (features are computed once), or the last so many"),
  lr_scale: z.number().min(0).max(100).default(1).describe("factor of the learning rate of the backbone's parameters"),
  batch_norm: z.enum(["train", "frozen"]).optional()
    .describe(
      "train: learn the statistics of the images; frozen: keep those of the weights; default: frozen with weights from a file",
    ),
});

const splitSeed = seed.optional().describe("default: the pipeline's seed");

/** The ways to split, by the value of `by`. */
export const splitSchemas = {
  random: z.strictObject({
    by: z.literal("random").describe("at random, with the same ages in every part"),
    test: share.default(0.2).describe("share of the faces, 0 to 1"),
    validation: share.default(0.1).describe("share of the faces, 0 to 1"),
    seed: splitSeed,
  }),
  list: z.strictObject({
    by: z.literal("list").describe("by CSV files with the column `file` and optionally `age`"),
    train: z.string().min(1).describe("CSV file of the training part, relative to the file that names it"),
    test: z.string().min(1).optional().describe("CSV file of the test part"),
    validation: z.union([share, z.string().min(1)]).default(0.1)
      .describe("CSV file, or share of the training part, 0 to 1"),
    offset: z.int().default(0).describe("years added to the column `age`"),
    seed: splitSeed,
  }),
  folds: z.strictObject({
    by: z.literal("folds").describe("one of several equal parts is the test part"),
    folds: z.int().min(2).default(5).describe("number of parts"),
    fold: z.int().min(0).default(0).describe("the part to test on, from 0"),
    validation: share.default(0.1).describe("share of the rest, 0 to 1"),
    seed: splitSeed,
  }),
} as const;

export type SplitBy = keyof typeof splitSchemas;

/** Keys of `train` with plain values. */
export const trainSchema = z.strictObject({
  epochs: z.int().min(1).default(15).describe("passes over the training part"),
  batch: z.int().min(2).default(64).describe("images per step"),
  seed: seed.optional().describe("initial weights, order and augmentation; default: the pipeline's seed"),
  clip: z.number().positive().nullable().default(null).describe("largest norm of the whole gradient, or null"),
  patience: z.int().min(1).nullable().default(null)
    .describe("epochs without a better validation MAE before training stops, or null"),
  checkpoint: z.number().positive().default(30).describe("seconds between checkpoints"),
  accumulate: z.int().min(1).default(1).describe("parts in which each batch is computed, to save memory"),
  precision: z.enum(["float32", "mixed"]).default("float32")
    .describe("mixed: activations in float16, weights in float32, with loss scaling"),
  average: z.number().gt(0).lt(1).nullable().default(null)
    .describe("decay per step of the moving average of the weights, which is what is evaluated and kept; null: none"),
  layer_decay: z.number().gt(0).max(1).default(1)
    .describe("factor of the learning rate from each backbone layer to the one before it"),
  unfreeze: z.strictObject({
    head: z.int().min(1).default(1).describe("epochs in which the heads train alone"),
    layers: z.int().min(1).default(1000).describe("backbone layers, from the last, that each later phase adds"),
    every: z.int().min(1).default(1).describe("epochs of each later phase"),
  }).nullable().default(null).describe("train the heads first, then the backbone from its last layers on; null: not"),
});

/** `train.weights`: factor of each task's loss. */
export const weightsSchema = z.record(z.string(), z.number().positive());

export const evaluateSchema = z.strictObject({
  metrics: z.array(z.string()).min(1).default(["mae", "rmse", "cs5", "bias"]).describe("names of metrics"),
  by: z.array(z.string()).default(["gender", "race", "age_band"])
    .describe("groups that the metrics are also given for: columns of the dataset, or age_band"),
  mirror: z.boolean().default(false).describe("predict the mean over the image and its mirror image"),
});

export const exportSchema = z.strictObject({
  licence: z.string().default("").describe("notes on licences that model.onnx carries"),
});

export const reportSchema = z.strictObject({
  title: z.string().nullable().default(null).describe("heading of the page; default: the pipeline's name"),
});
