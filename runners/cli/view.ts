/** What a person sees of a run, on standard error: a live line on a terminal, plain lines in a pipe. */
import type { Progress } from "../../lib/contracts/stage.ts";
import type { RunEvent } from "../../lib/pipeline/events.ts";
import { clock, figure } from "./table.ts";

export interface View {
  event(event: RunEvent): void;
  /** Something to know; silent when quiet. */
  note(text: string): void;
  warn(text: string): void;
  /** Why the command failed. */
  fail(text: string): void;
}

export interface ViewOptions {
  readonly quiet: boolean;
  /** Width of the terminal, where a line may be written over; undefined in a pipe. */
  readonly columns: number | undefined;
  readonly write: (text: string) => void;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

/** Between progress lines in a pipe. */
const PLAIN_EVERY_MS = 10_000;
/** Of the longest name of a stage. */
const NAME_WIDTH = 10;

export function openView(options: ViewOptions): View {
  return new StageView(options);
}

/** Where the work of a stage stood when it was first told, so that the time left can be estimated after a resume too. */
interface Start {
  readonly done: number;
  readonly time: number;
}

class StageView implements View {
  #start: Start | undefined;
  #shown = 0;
  #line = "";

  constructor(readonly options: ViewOptions) {}

  event(event: RunEvent): void {
    if (event.kind === "warning") return this.warn(`${event.stage}: ${event.message}`);
    if (this.options.quiet) return;
    if (event.kind === "started") this.#started(event.stage, event.because);
    else if (event.kind === "progress") this.#progress(event.stage, event.progress);
    else this.#permanent(finishedLine(event.row));
  }

  note(text: string): void {
    if (!this.options.quiet) this.#permanent(text);
  }

  warn(text: string): void {
    this.#permanent(`warning: ${text}`);
  }

  fail(text: string): void {
    this.#permanent(text);
  }

  #started(stage: string, because: string): void {
    this.#start = undefined;
    this.#shown = this.options.now();
    const line = `  ${stage.padEnd(NAME_WIDTH)}  running (${because})`;
    if (this.options.columns !== undefined) this.#overwrite(line);
    else this.#permanent(line);
  }

  #progress(stage: string, progress: Progress): void {
    const now = this.options.now();
    this.#start ??= { done: progress.done, time: now };
    const line = progressLine(stage, progress, secondsLeft(progress, this.#start, now));
    if (this.options.columns !== undefined) return this.#overwrite(line);
    if (now - this.#shown < PLAIN_EVERY_MS) return;
    this.#shown = now;
    this.#permanent(line);
  }

  /** A line that stays; the live line goes below it. */
  #permanent(line: string): void {
    this.options.write(`${this.#line === "" ? "" : CLEAR}${harmless(line)}\n`);
    this.#line = "";
  }

  #overwrite(line: string): void {
    this.#line = harmless(line).slice(0, (this.options.columns ?? Infinity) - 1);
    this.options.write(CLEAR + this.#line);
  }
}

/** Names of files and texts of pipelines may hold characters that steer a terminal. */
function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === "\n" || character === "\t" ? character : "\ufffd"));
}

/** Back to the start of the line, and empty it. */
const CLEAR = "\r\x1b[K";

/** `train  310/1200 steps  98 images/s  loss 3.12  0:41 left`. */
export function progressLine(stage: string, progress: Progress, left: number | undefined): string {
  const { done, total, unit, figures = {}, rate } = progress;
  const parts = [`  ${stage.padEnd(NAME_WIDTH)}  ${done}/${total} ${unit}`];
  if (rate !== undefined) parts.push(`${figure(rate)} ${unit}/s`);
  for (const [name, value] of Object.entries(figures)) parts.push(`${name} ${figure(value)}`);
  if (left !== undefined) parts.push(`${clock(left)} left`);
  return parts.join("  ");
}

function secondsLeft({ done, total }: Progress, start: Start, now: number): number | undefined {
  if (done <= start.done || done >= total) return undefined;
  return (now - start.time) / 1000 / (done - start.done) * (total - done);
}

function finishedLine({ name, status, seconds }: { name: string; status: string; seconds: number }): string {
  const time = status === "ran" ? `  ${seconds.toFixed(1)} s` : "";
  return `  ${name.padEnd(NAME_WIDTH)}  ${status}${time}`;
}
