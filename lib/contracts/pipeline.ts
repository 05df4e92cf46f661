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
}

export interface Pipeline {
  readonly name: string;
  readonly about: string;
  readonly file: string;
  readonly dataset: DatasetSpec;
  readonly augmentation: readonly Use[];
  readonly backbone: Use;
  readonly tasks: readonly TaskSpec[];
  readonly train: TrainSpec;
  readonly evaluate: { readonly metrics: readonly string[]; readonly by: readonly string[] };
  readonly export: { readonly licence: string };
  readonly report: { readonly title: string | null };
  /** Where each value came from, by dotted path: `file:line`, `override`, `default`, `environment NAME`. */
  readonly origins: Readonly<Record<string, string>>;
}
