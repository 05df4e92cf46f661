/** A pipeline file after `extends`, environment variables, overrides and defaults: plain data, checked. */

/** A plug-in by name with its checked parameters. */
export interface Use {
  readonly use: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export type Split =
  | { readonly by: "random"; readonly test: number; readonly validation: number; readonly seed: number }
  | {
    readonly by: "list";
    readonly train: string;
    readonly test?: string;
    readonly validation: number | string;
    readonly offset: number;
    readonly seed: number;
  }
  | {
    readonly by: "folds";
    readonly folds: number;
    readonly fold: number;
    readonly validation: number;
    readonly seed: number;
  };

export interface DatasetSpec extends Use {
  /** Absolute path of the folder. */
  readonly path: string;
  /** Inclusive range of labels, years. */
  readonly ages: readonly [number, number];
  readonly split: Split;
  /** Share of unreadable images that a run goes on with, 0 to 1. */
  readonly tolerate: number;
  /** Left, top, right and bottom edge of the part that is used, in fractions of the image's width and height; null: all. */
  readonly crop: readonly [number, number, number, number] | null;
  /** Warps each face so that its five landmarks lie where face-recognition networks expect them; null: not. */
  readonly align: "five_points" | null;
}

export interface BackboneSpec extends Use {
  /** Absolute path of a safetensors file with the weights to start from, or null. */
  readonly weights: string | null;
  /** Which layers train: all, none, or that many from the last. */
  readonly train: "all" | "none" | number;
  /** Factor of the learning rate of the backbone's parameters. */
  readonly lr_scale: number;
  /** Whether batch normalisation learns the statistics of the images or keeps those that came with the weights. */
  readonly batch_norm: "train" | "frozen";
}

/** One thing learnt: a head with its loss. The main task is `age`. */
export interface TaskSpec {
  readonly name: string;
  readonly head: Use;
  readonly loss: Use;
  /** Factor of its loss in the sum. */
  readonly weight: number;
}

export interface TrainSpec {
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
  readonly optimizer: Use;
  /** Peak learning rate; `lr` of the optimizer in the file. */
  readonly lr: number;
  readonly schedule: Use;
  /** Largest norm of the whole gradient, or null. */
  readonly clip: number | null;
  /** Epochs without a better validation MAE before training stops, or null. */
  readonly patience: number | null;
  /** Seconds between checkpoints. */
  readonly checkpoint: number;
  /** Parts in which each batch is computed, to save memory; the gradients are summed. */
  readonly accumulate: number;
  /** Whether activations are float16 beside float32 weights. */
  readonly precision: "float32" | "mixed";
  /** Decay per step of the moving average of the weights, which is then what is evaluated and kept; null: none. */
  readonly average: number | null;
  /** Factor of the learning rate from each backbone layer to the one before it. */
  readonly layer_decay: number;
  /** Trains the heads alone for `head` epochs, then `layers` more of the backbone's layers every `every` epochs; null: not. */
  readonly unfreeze: { readonly head: number; readonly layers: number; readonly every: number } | null;
}

export interface EvaluateSpec {
  readonly metrics: readonly string[];
  readonly by: readonly string[];
  /** Whether the model predicts the mean over the image and its mirror image. */
  readonly mirror: boolean;
}

export interface Pipeline {
  readonly name: string;
  readonly about: string;
  readonly file: string;
  readonly dataset: DatasetSpec;
  readonly augmentation: readonly Use[];
  readonly backbone: BackboneSpec;
  readonly tasks: readonly TaskSpec[];
  readonly train: TrainSpec;
  readonly evaluate: EvaluateSpec;
  readonly export: { readonly licence: string };
  readonly report: { readonly title: string | null };
  /** Where each value came from, by dotted path: `file:line`, `override`, `default`, `environment NAME`. */
  readonly origins: Readonly<Record<string, string>>;
}
