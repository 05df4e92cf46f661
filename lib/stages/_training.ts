/** The training loop: epochs of steps on one session, a validation after each, a checkpoint now and then. */
import { Stopped, UserError } from "../base/errors.ts";
import { random, shuffled } from "../base/random.ts";
import { scalar, sizeOf, type Tensors } from "../base/tensor.ts";
import type { TrainStep } from "../compile/train_step.ts";
import type { Schedule } from "../contracts/optimizer.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Session } from "../contracts/provider.ts";
import type { EpochRow } from "../contracts/report.ts";
import type { StageContext } from "../contracts/stage.ts";
import type { Blob } from "../contracts/store.ts";
import type { Batch } from "../contracts/world.ts";
import { type Checkpoint, encodeCheckpoint, type Standing } from "./_checkpoint.ts";
import { targetFeeds, type TaskTargets } from "./_labels.ts";
import type { Validation, ValidationFigures } from "./_validation.ts";

/** What is trained, on what, and how. */
export interface TrainingJob {
  readonly pipeline: Pipeline;
  readonly context: StageContext;
  readonly step: TrainStep;
  readonly schedule: { readonly plugin: Schedule<unknown>; readonly params: unknown };
  readonly images: Blob;
  readonly size: number;
  /** Rows of the packed images that are trained on. */
  readonly rows: Uint32Array;
  /** Images per step. */
  readonly batch: number;
  /** Labels and weights by row, by task. */
  readonly targets: Readonly<Record<string, TaskTargets>>;
  /** Undefined where the split has no validation part. */
  readonly validation: Validation | undefined;
}

/** Where training ended. */
export interface TrainingResult {
  /** Weights and buffers: of the best epoch where there is a validation part, else the last. */
  readonly weights: Tensors;
  readonly history: readonly EpochRow[];
}

/** @throws Stopped on interrupt or recycling (a checkpoint is kept), UserError where the loss is not finite. */
export async function train(job: TrainingJob, session: Session, from: Checkpoint): Promise<TrainingResult> {
  const loop = new Loop(job, session, from);
  return await loop.run();
}

class Loop {
  private standing: Standing;
  private best: Tensors | null;
  /** Carried inputs for the next step; empty once the session holds them. */
  private pending: Tensors;
  private saved: number;
  private readonly perEpoch: number;

  constructor(private readonly job: TrainingJob, private readonly session: Session, from: Checkpoint) {
    this.standing = from.standing;
    this.best = from.best;
    this.pending = from.state;
    this.saved = job.context.world.now();
    this.perEpoch = Math.floor(job.rows.length / job.batch);
  }

  async run(): Promise<TrainingResult> {
    const { epochs } = this.job.pipeline.train;
    while (this.standing.epoch < epochs && !this.isPatienceOver()) {
      await this.epoch();
      await this.endEpoch();
    }
    return { weights: this.best ?? await this.weights(), history: this.standing.history };
  }

  private isPatienceOver(): boolean {
    const { best, epoch } = this.standing;
    const { patience } = this.job.pipeline.train;
    return patience !== null && best !== null && epoch - best.epoch >= patience;
  }

  /** The steps of one epoch, from where the checkpoint left it. */
  private async epoch(): Promise<void> {
    const { context, images, size, pipeline } = this.job;
    const { epoch, step } = this.standing;
    const batches = context.world.images.batches(images, {
      size,
      batches: this.order(epoch).slice(step),
      augmentations: pipeline.augmentation,
      seed: pipeline.train.seed,
      epoch,
    });
    let before = context.world.now();
    for await (const batch of batches) {
      const loss = await this.step(batch);
      const now = context.world.now();
      this.advance(loss, (now - before) / 1000, batch.waited / 1000);
      before = now;
      await this.pauseIfAsked();
    }
  }

  /** The batches of an epoch: a seeded order, without the remainder that does not fill one. */
  private order(epoch: number): Uint32Array[] {
    const { rows, batch, pipeline } = this.job;
    const order = shuffled(rows.length, random(pipeline.train.seed, "order", epoch)).map((i) => rows[i]);
    return Array.from({ length: this.perEpoch }, (_, i) => order.slice(i * batch, (i + 1) * batch));
  }

  private async step(batch: Batch): Promise<number> {
    const { epoch, step } = this.standing;
    const done = epoch * this.perEpoch + step;
    const results = await this.session.run({ ...this.pending, ...this.feeds(batch, done) }, ["loss"]);
    this.pending = {};
    const loss = Number(results.loss.data[0]);
    if (!Number.isFinite(loss)) throw this.diverged(loss, epoch, step);
    return loss;
  }

  private diverged(loss: number, epoch: number, step: number): UserError {
    return new UserError(
      `Cannot go on training "${this.job.pipeline.name}": the loss is ${loss} in epoch ${epoch + 1}, ` +
        `step ${step + 1}; a lower train.optimizer.lr or train.clip keeps it finite`,
    );
  }

  private feeds(batch: Batch, done: number): Tensors {
    const { size, targets, step } = this.job;
    const n = batch.rows.length;
    const feeds: Record<string, Tensors[string]> = {
      image: { type: "float32", dims: [n, 3, size, size], data: batch.images },
      lr: scalar("float32", this.rate(done)),
      step: scalar("float32", done + 1),
    };
    Object.assign(feeds, targetFeeds(targets, batch.rows));
    for (const { name, shape } of step.noise) feeds[name] = this.noise(name, shape, done);
    return feeds;
  }

  private noise(name: string, shape: readonly number[], done: number): Tensors[string] {
    const stream = random(this.job.pipeline.train.seed, "noise", name, done);
    const data = Float32Array.from({ length: sizeOf(shape) }, () => stream.uniform());
    return { type: "float32", dims: shape, data };
  }

  private rate(done: number): number {
    const { schedule, pipeline } = this.job;
    const total = pipeline.train.epochs * this.perEpoch;
    return schedule.plugin.rate(done, { total, perEpoch: this.perEpoch }, pipeline.train.lr, schedule.params);
  }

  private advance(loss: number, seconds: number, waited: number): void {
    const { standing } = this;
    this.standing = {
      ...standing,
      step: standing.step + 1,
      lossSum: standing.lossSum + loss,
      seconds: standing.seconds + seconds,
      waited: standing.waited + waited,
    };
    this.tell({ epoch: standing.epoch + 1, loss }, this.job.batch / seconds);
  }

  private tell(figures: Record<string, number>, rate?: number): void {
    const { epoch, step, history } = this.standing;
    const { pipeline, batch, context } = this.job;
    const last = history.at(-1);
    const mae: Record<string, number> = last && this.job.validation ? { "validation MAE": last.validation_mae } : {};
    context.progress({
      done: (epoch * this.perEpoch + step) * batch,
      total: pipeline.train.epochs * this.perEpoch * batch,
      unit: "images",
      figures: { ...figures, ...mae },
      rate,
    });
  }

  private async endEpoch(): Promise<void> {
    const figures = await this.job.validation?.measure(await this.weights());
    const epoch = this.standing.epoch + 1;
    let best = this.standing.best;
    if (figures && (best === null || figures.mae < best.mae)) {
      best = { mae: figures.mae, epoch };
      this.best = await this.weights();
    }
    const history = [...this.standing.history, this.row(epoch, figures)];
    this.standing = { epoch, step: 0, lossSum: 0, seconds: 0, waited: 0, history, best };
    this.tell({ epoch, loss: history[epoch - 1].train_loss });
    await this.pauseIfAsked();
  }

  private row(epoch: number, figures: ValidationFigures | undefined): EpochRow {
    const { lossSum, seconds, waited } = this.standing;
    return {
      epoch,
      train_loss: lossSum / this.perEpoch,
      validation_loss: figures?.loss ?? NaN,
      validation_mae: figures?.mae ?? NaN,
      learning_rate: this.rate(epoch * this.perEpoch - 1),
      images_per_second: (this.perEpoch * this.job.batch) / seconds,
      wait_share: waited / seconds,
      seconds,
    };
  }

  /** Weights and buffers without optimizer state. */
  private async weights(): Promise<Tensors> {
    const { parameters, buffers } = this.job.step;
    return await this.carried([...parameters, ...buffers]);
  }

  /** Values of carried inputs (default: all); before the first step of this session, as the checkpoint has them. */
  private async carried(names?: readonly string[]): Promise<Tensors> {
    if (Object.keys(this.pending).length === 0) return await this.session.carried(names);
    const wanted = names ?? Object.keys(this.pending);
    return Object.fromEntries(wanted.map((name) => [name, this.pending[name]]));
  }

  /** Writes a checkpoint when it is time, and stops when asked to. */
  private async pauseIfAsked(): Promise<void> {
    const { world, scratch } = this.job.context;
    const stop = world.signal.aborted ? "interrupted" : world.exhausted() ? "recycle" : undefined;
    const every = Math.min(world.checkpointEvery, this.job.pipeline.train.checkpoint * 1000);
    if (stop === undefined && world.now() - this.saved < every) return;
    const state = await this.carried();
    await scratch.write("checkpoint", encodeCheckpoint({ standing: this.standing, state, best: this.best }));
    this.saved = world.now();
    if (stop !== undefined) throw new Stopped(stop);
  }
}
