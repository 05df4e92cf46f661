/** The reporter socket: a page or a file made of what a run found. */
import type { Prediction } from "./data.ts";

/** Everything that a report may show, as plain data. */
export interface RunReport {
  readonly title: string;
  readonly about: string;
  /** The resolved pipeline, as YAML text. */
  readonly pipeline: string;
  readonly provider: string;
  /** How the model was trained, in words, by topic. */
  readonly method: Readonly<Record<string, string>>;
  readonly metrics: MetricsFile;
  readonly predictions: readonly Prediction[];
  readonly history: readonly EpochRow[];
  /** Images left out, with reasons, and labels outside the range. */
  readonly left: { readonly rejects: readonly { file: string; reason: string }[]; readonly outside: number };
  /** Byte-identical images in several parts or with several ages, one line for each set. */
  readonly leaks: readonly string[];
  /** The stages with what was cached, for the drawing of the DAG. */
  readonly stages: readonly StageRow[];
  /** A small JPEG or PNG (data URI) by file, for the worst faces. */
  readonly thumbnails: Readonly<Record<string, string>>;
}

export interface StageRow {
  readonly name: string;
  readonly needs: readonly string[];
  readonly status: "ran" | "cached";
  readonly seconds: number;
}

/** One row of `history.csv`. */
export interface EpochRow {
  readonly epoch: number;
  readonly train_loss: number;
  readonly validation_loss: number;
  readonly validation_mae: number;
  readonly learning_rate: number;
  readonly images_per_second: number;
  /** Share of the epoch that the step waited for images, 0 to 1. */
  readonly wait_share: number;
  readonly seconds: number;
  /** Backbone layers that trained. */
  readonly backbone_layers: number;
  /** Steps left out because their gradient overflowed, in mixed precision. */
  readonly skipped_steps: number;
}

/** Figures over some images; years but for `n` and shares. */
export interface Figures {
  readonly n: number;
  readonly [metric: string]: number;
}

/** What `metrics.json` holds. */
export interface MetricsFile {
  readonly test: Figures | null;
  readonly validation: Figures | null;
  /** By grouping (`gender`, `race`, `age_band`): one row per group of the test images (validation where there is no test). */
  readonly groups: Readonly<Record<string, readonly (Figures & { readonly group: string })[]>>;
}

export interface Reporter {
  readonly name: string;
  readonly about: string;
  /** File name to content. */
  render(report: RunReport): Promise<Readonly<Record<string, Uint8Array>>>;
}
