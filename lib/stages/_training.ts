/** The training loop: epochs of steps on one session, a validation after each, a checkpoint now and then. */
import { Stopped } from "../base/errors.ts";
import { random, shuffled } from "../base/random.ts";
import { scalar, type Tensors } from "../base/tensor.ts";
import type { TrainStep } from "../compile/train_step.ts";
import type { Schedule } from "../contracts/optimizer.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Session } from "../contracts/provider.ts";
import type { EpochRow } from "../contracts/report.ts";
import type { StageContext } from "../contracts/stage.ts";
import { carriedBytes } from "../memory/demand.ts";
import { checkpointMemory } from "../memory/estimate.ts";
import { type Checkpoint, encodeCheckpoint, type Standing, UNBEGUN } from "./_checkpoint.ts";
import { divergence, isSound } from "./_diverged.ts";
import type { Examples } from "./_examples.ts";
import { targetFeeds, type TaskTargets } from "./_labels.ts";
import { isHopeless, nextScale } from "./_loss_scale.ts";
import type { Phases } from "./_phases.ts";
import { noiseFeeds, type Part, partFeeds, partsOf } from "./_step_feeds.ts";
import { StepSession } from "./_step_session.ts";
import { carriedOver, startingWeights } from "./_step_state.ts";
import { uploadedAhead } from "./_uploaded_ahead.ts";
import type { Validation, ValidationFigures } from "./_validation.ts";

/** What is trained, on what, and how. */
export interface TrainingJob {
  readonly pipeline: Pipeline;
  readonly context: StageContext;
  readonly phases: Phases;
  /** The step in which that many backbone layers train. */
  compile(layers: number): TrainStep;
  open(step: TrainStep): Promise<Session>;
  readonly schedule: { readonly plugin: Schedule<unknown>; readonly params: unknown };
  readonly examples: Examples;
  /** Rows of the packed images that are trained on. */
  readonly rows: Uint32Array;
  /** Examples per step, and the parts in which they are computed. */
  readonly batch: number;
  readonly parts: number;
  /** Labels and weights by row, by task. */
  readonly targets: Readonly<Record<string, TaskTargets>>;
  /** The file of a row. */
  fileOf(row: number): string;
  /** Undefined where the split has no validation part. */
  readonly validation: Validation | undefined;
}

/** Where training ended. */
export interface TrainingResult {
  /** Weights and buffers: of the best epoch where there is a validation part, else the last. */
  readonly weights: Tensors;
  readonly history: readonly EpochRow[];
}

/**
 * @param from where to go on; its state is empty at the very start.
 * @throws Stopped on interrupt or recycling (a checkpoint is kept), UserError where the numbers are no longer finite.
 */
export async function train(job: TrainingJob, from: Checkpoint): Promise<TrainingResult> {
  await using loop = new Loop(job, from);
  return await loop.run();
}

/** What one step came to. */
interface StepResult {
  readonly loss: number;
  /** Norm of the gradient; NaN in float32, where nobody asks for it. */
  readonly norm: number;
  readonly seconds: number;
  readonly waited: number;
}

/** The step that was done last. */
interface LastStep {
  /** Both from 1. */
  readonly epoch: number;
  readonly step: number;
  readonly rows: Uint32Array;
}

class Loop implements AsyncDisposable {
  private standing: Standing;
  private best: Tensors | null;
  private running: StepSession | undefined;
  private saved: number;
  private kept: { epoch: number; step: number } | null;
  /** Of this process: its step is 0 before it has done one. */
  private last: LastStep = { epoch: 0, step: 0, rows: new Uint32Array() };
  private readonly perEpoch: number;

  constructor(private readonly job: TrainingJob, private readonly from: Checkpoint) {
    this.standing = from.standing;
    this.best = from.best;
    this.kept = Object.keys(from.state).length > 0 ? from.standing : null;
    this.saved = job.context.world.now();
    this.perEpoch = Math.floor(job.rows.length / job.batch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running?.[Symbol.asyncDispose]();
  }

  async run(): Promise<TrainingResult> {
    const { epochs } = this.job.pipeline.train;
    while (this.standing.epoch < epochs && !this.isPatienceOver()) {
      const running = await this.enterPhase();
      await this.epoch(running);
      await this.endEpoch(running);
    }
    const running = await this.enterPhase();
    const weights = { ...startingWeights(running.step), ...this.best ?? await running.trained() };
    return { weights, history: this.standing.history };
  }

  /** Whether too many epochs of this phase brought nothing better. */
  private isPatienceOver(): boolean {
    const { best, epoch } = this.standing;
    const { patience } = this.job.pipeline.train;
    if (patience === null || best === null) return false;
    return epoch - Math.max(best.epoch, this.job.phases.startOf(epoch)) >= patience;
  }

  /** The step of this epoch's phase, which goes on from where the one before stands. */
  private async enterPhase(): Promise<StepSession> {
    const { phases, pipeline } = this.job;
    const layers = phases.layersIn(Math.min(this.standing.epoch, pipeline.train.epochs - 1));
    if (this.running && layers === this.standing.layers) return this.running;
    const state = await this.running?.state() ?? this.from.state;
    await this.running?.[Symbol.asyncDispose]();
    const step = this.job.compile(layers);
    const goesOn = layers === this.standing.layers && Object.keys(state).length > 0;
    if (!goesOn) this.standing = { ...this.standing, layers, updates: 0 };
    const first = goesOn ? state : carriedOver(state, step);
    return this.running = new StepSession(step, await this.job.open(step), first);
  }

  /** The steps of one epoch, from where the checkpoint left it. */
  private async epoch(running: StepSession): Promise<void> {
    const { context: { world }, examples } = this.job;
    const { epoch, step } = this.standing;
    const parts = this.order(epoch).slice(step).flatMap((rows) => partsOf(rows, this.job.parts));
    let at = 0;
    let sum = { loss: 0, waited: 0 };
    let before = world.now();
    const batches = uploadedAhead(examples.training(parts.map(({ rows }) => rows), epoch), {
      upload: (inputs) => running.upload(inputs),
      now: () => world.now(),
    });
    for await (const { inputs, waited } of batches) {
      const part = parts[at++];
      const { loss, norm } = await this.runPart(running, part, inputs);
      sum = { loss: sum.loss + loss, waited: sum.waited + waited / 1000 };
      if (part.at < part.of - 1) continue;
      const now = world.now();
      this.last = { epoch: epoch + 1, step: this.standing.step + 1, rows: part.batch };
      await this.advance({ ...sum, norm, seconds: (now - before) / 1000 });
      sum = { loss: 0, waited: 0 };
      before = now;
      await this.pauseIfAsked(running);
    }
  }

  /** The batches of an epoch: a seeded order, without the remainder that does not fill one. */
  private order(epoch: number): Uint32Array[] {
    const { rows, batch, pipeline } = this.job;
    const order = shuffled(rows.length, random(pipeline.train.seed, "order", epoch)).map((i) => rows[i]);
    return Array.from({ length: this.perEpoch }, (_, i) => order.slice(i * batch, (i + 1) * batch));
  }

  private async runPart(
    running: StepSession,
    part: Part,
    inputs: Tensors,
  ): Promise<Pick<StepResult, "loss" | "norm">> {
    const { targets, pipeline } = this.job;
    const { epoch, step: done, updates, scale } = this.standing;
    const position = epoch * this.perEpoch + done;
    const feeds: Tensors = {
      ...inputs,
      ...targetFeeds(targets, part.rows),
      ...partFeeds(part, targets),
      ...noiseFeeds(running.step, pipeline.train.seed, position * part.of + part.at),
      lr: scalar("float32", this.rate(position)),
      step: scalar("float32", updates + 1),
      ...scale === null ? {} : { loss_scale: scalar("float32", scale.scale) },
    };
    const { loss, gradient_norm } = await running.run(feeds, scale === null ? ["loss"] : ["loss", "gradient_norm"]);
    return { loss: Number(loss.data[0]), norm: Number(gradient_norm?.data[0]) };
  }

  private rate(position: number): number {
    const { schedule, pipeline } = this.job;
    const total = pipeline.train.epochs * this.perEpoch;
    return schedule.plugin.rate(position, { total, perEpoch: this.perEpoch }, pipeline.train.lr, schedule.params);
  }

  private async advance({ loss, norm, seconds, waited }: StepResult): Promise<void> {
    const { standing } = this;
    const skipped = standing.scale !== null && !Number.isFinite(norm);
    if (!skipped && !Number.isFinite(loss)) throw await this.diverged(`the loss is ${loss}`);
    const scale = standing.scale && nextScale(standing.scale, !skipped);
    if (scale && isHopeless(scale)) {
      throw await this.diverged(`${scale.skipped} gradients in a row are not finite`, { overflow: true });
    }
    this.standing = {
      ...standing,
      step: standing.step + 1,
      lossSum: standing.lossSum + (skipped ? 0 : loss),
      skipped: standing.skipped + (skipped ? 1 : 0),
      updates: standing.updates + (skipped ? 0 : 1),
      seconds: standing.seconds + seconds,
      waited: standing.waited + waited,
      scale,
    };
    this.tell({ epoch: standing.epoch + 1, loss }, this.job.batch / seconds);
  }

  private async diverged(what: string, { overflow } = { overflow: false }): Promise<Error> {
    const { job, kept, last } = this;
    const { step: { parameters } } = this.running!;
    const norms = await this.running!.gradientNorms();
    const files = Array.from(last.rows, (row) => job.fileOf(row));
    return divergence({ pipeline: job.pipeline.name, what, ...last, files, parameters, norms, overflow, kept });
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

  private async endEpoch(running: StepSession): Promise<void> {
    const weights = await running.trained();
    if (!isSound(weights)) throw await this.diverged("the weights are no longer finite");
    const figures = await this.validate(running, weights);
    const epoch = this.standing.epoch + 1;
    let best = this.standing.best;
    if (figures && (best === null || figures.mae < best.mae)) {
      best = { mae: figures.mae, epoch };
      this.best = weights;
    }
    const history = [...this.standing.history, this.row(epoch, figures)];
    this.standing = { ...this.standing, ...UNBEGUN, epoch, history, best };
    this.tell({ epoch, loss: history[epoch - 1].train_loss });
    await this.pauseIfAsked(running);
  }

  /** Stops first where there is no room for it, but not in a process that has done no step: none would come any further. */
  private async validate(running: StepSession, weights: Tensors): Promise<ValidationFigures | undefined> {
    const ready = await this.job.validation?.prepare({ ...startingWeights(running.step), ...weights });
    if (ready && this.last.step > 0) await this.pauseIfAsked(running, ready.memory);
    return await ready?.measure();
  }

  private row(epoch: number, figures: ValidationFigures | undefined): EpochRow {
    const { lossSum, seconds, waited, skipped, layers } = this.standing;
    return {
      epoch,
      train_loss: lossSum / (this.perEpoch - skipped),
      validation_loss: figures?.loss ?? NaN,
      validation_mae: figures?.mae ?? NaN,
      learning_rate: this.rate(epoch * this.perEpoch - 1),
      images_per_second: (this.perEpoch * this.job.batch) / seconds,
      wait_share: waited / seconds,
      seconds,
      backbone_layers: layers,
      skipped_steps: skipped,
    };
  }

  /**
   * Writes a checkpoint when it is time, and stops when asked to. One that is no longer finite is never written.
   * @param ahead bytes that what comes next takes, beside the next checkpoint.
   */
  private async pauseIfAsked(running: StepSession, ahead = 0): Promise<void> {
    const { world, scratch } = this.job.context;
    const reserve = checkpointMemory(carriedBytes(running.step.initial), world.provider.name) + ahead;
    const stop = world.signal.aborted ? "interrupted" : world.exhausted(reserve) ? "recycle" : undefined;
    const every = Math.min(world.checkpointEvery, this.job.pipeline.train.checkpoint * 1000);
    if (stop === undefined && world.now() - this.saved < every) return;
    const state = await running.state();
    if (!isSound(state)) throw await this.diverged("the weights are no longer finite");
    await scratch.write("checkpoint", encodeCheckpoint({ standing: this.standing, state, best: this.best }));
    this.saved = world.now();
    this.kept = this.standing;
    if (stop !== undefined) throw new Stopped(stop);
  }
}
