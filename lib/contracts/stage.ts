/** The stage socket: one step of a run, cached by content. */
import type { Pipeline } from "./pipeline.ts";
import type { Plugins } from "./plugins.ts";
import type { StageRow } from "./report.ts";
import type { Blob, BlobRef, BlobWriter, Scratch } from "./store.ts";
import type { World } from "./world.ts";

/** Named outputs of earlier stages, opened. */
export type Artifacts = Readonly<Record<string, Blob>>;

export interface Stage {
  readonly name: string;
  readonly about: string;
  /** Raised when the code changes what it makes. */
  readonly version: number;
  /** Whether a run of this pipeline has the stage; default: every run has it. */
  applies?(pipeline: Pipeline, plugins: Plugins): boolean;
  /** Artifacts taken, as `stage.artifact`. */
  readonly needs: readonly string[];
  /** Artifacts that are also taken where the run has their stage. */
  readonly wants?: readonly string[];
  /** Artifacts made. */
  readonly makes: readonly string[];
  /** Whether the result depends on who computes, so that the provider's numeric class enters the key. */
  readonly numeric: boolean;
  /** Exactly what of the pipeline this stage depends on: plain data, the only thing of it that enters the key. */
  params(pipeline: Pipeline, plugins: Plugins): unknown;
  /** Digests of what it reads from outside (a listing of images, split files), by name; they enter the key. */
  sources?(pipeline: Pipeline, world: World, plugins: Plugins): Promise<Readonly<Record<string, string>>>;
  run(inputs: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Readonly<Record<string, BlobRef>>>;
}

/** What a running stage is handed beside its inputs. */
export interface StageContext {
  readonly world: World;
  readonly plugins: Plugins;
  readonly scratch: Scratch;
  /** The stages of this run that came before, with what was cached; for the report. */
  readonly earlier: readonly StageRow[];
  put(bytes: Uint8Array): Promise<BlobRef>;
  writer(): Promise<BlobWriter>;
  progress(done: Progress): void;
  warn(message: string): void;
}

/** How far a stage is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is counted: "images", "steps". */
  readonly unit: string;
  /** Latest figures to show beside it, e.g. `{ loss: 3.1, "validation MAE": 5.2 }`. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Units per second over the last moments, where measured. */
  readonly rate?: number;
}
