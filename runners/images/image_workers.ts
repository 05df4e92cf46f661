/** The image door of a run: prepares files and draws batches, in-process while there is little to do, by workers after that. */
import { augmentations as builtIn } from "../../lib/augmentations/mod.ts";
import type { Augmentation } from "../../lib/contracts/data.ts";
import type { Files } from "../../lib/contracts/files.ts";
import { byName } from "../../lib/contracts/plugins.ts";
import type { Blob } from "../../lib/contracts/store.ts";
import type { Batch, BatchOptions, ImageWorkers, PrepareOptions } from "../../lib/contracts/world.ts";
import { collectGarbage } from "../garbage.ts";
import { inGroups, inOrder } from "./ahead.ts";
import type { DrawJob, Source } from "./jobs.ts";
import { CallingThread, type Team } from "./team.ts";
import { reasonOf } from "./unreadable.ts";
import { WorkerPool } from "./worker_pool.ts";

export interface ImageWorkersOptions {
  /** Worker threads; default one for each core, 0 for none. */
  readonly threads?: number;
  /** Images that are handled in-process before workers are worth their start; default 512. */
  readonly worthwhile?: number;
  /** A user's own augmentations; batches that use one are drawn in-process. */
  readonly augmentations?: readonly Augmentation<unknown>[];
  /** Workers may only read; needs Deno's unstable option `worker-options`. Default: they have the caller's permissions. */
  readonly confined?: boolean;
}

type Prepared = { path: string; pixels?: { width: number; height: number; data: Uint8Array }; reason?: string };

/** Files a job: enough to make its messages cheap, few enough to spread evenly. */
const GROUP = 16;
/** Bytes of drawn batches that may wait for the consumer. */
const DRAWN_AHEAD = 256 * 1024 * 1024;

/** Opens the image door; dispose of it to end its workers. */
export function openImageWorkers(options: ImageWorkersOptions = {}): ImageWorkers & AsyncDisposable {
  return new Images(options);
}

class Images implements ImageWorkers, AsyncDisposable {
  readonly #own: readonly Augmentation<unknown>[];
  readonly #augmentations: readonly Augmentation<unknown>[];
  readonly #here: CallingThread;
  readonly #threads: number;
  #pool: WorkerPool | undefined;
  #handled = 0;

  constructor(private readonly options: ImageWorkersOptions) {
    this.#own = (options.augmentations ?? []).filter((augmentation) => !builtIn.includes(augmentation));
    this.#augmentations = [...this.#own, ...builtIn];
    this.#here = new CallingThread(this.#augmentations);
    this.#threads = options.threads ?? navigator.hardwareConcurrency;
  }

  async *prepare(files: Files, paths: readonly string[], options: PrepareOptions): AsyncGenerator<Prepared> {
    const team = this.#teamFor(paths.length);
    let first = 0;
    const results = inOrder(inGroups(paths, GROUP), team.threads * 4, async (group) => {
      const landmarks = options.landmarks?.slice(first, first + group.length);
      first += group.length;
      const sources = await Promise.all(group.map((path) => sourceOf(files, path)));
      return { group, ...await team.prepare({ kind: "prepare", sources, options: { ...options, landmarks } }) };
    });
    for await (const { group, pixels, reasons } of results) {
      yield* unpack(group, pixels, reasons, options.size);
    }
  }

  async *batches(packed: Blob, options: BatchOptions): AsyncGenerator<Batch> {
    const { size, seed, epoch, form = "float32" } = options;
    const augmentations = options.augmentations.map((step) => this.#checked(step));
    const images = options.batches.reduce((sum, rows) => sum + rows.length, 0);
    const mine = augmentations.some(({ use }) => this.#own.some(({ name }) => name === use));
    const team = mine ? this.#here : this.#teamFor(images);
    const results = inOrder(options.batches, aheadOf(team, options), async (rows) => {
      const job: DrawJob = {
        kind: "draw",
        rows,
        packed: await rowsOf(packed, rows, size),
        size,
        augmentations,
        seed,
        epoch,
        form,
      };
      return { rows, ...await team.draw(job) };
    });
    yield* timed(results);
  }

  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    this.#pool?.[Symbol.dispose]();
    this.#pool = undefined;
  }

  /** Workers once the images handled so far make them worth their start. */
  #teamFor(images: number): Team {
    this.#handled += images;
    if (this.#threads === 0 || this.#handled <= (this.options.worthwhile ?? 512)) return this.#here;
    return this.#pool ??= this.#startPool();
  }

  /** What reading the dataset left behind goes first: the collector would wait, since it sees nothing of what workers take. */
  #startPool(): WorkerPool {
    collectGarbage();
    return new WorkerPool(this.#threads, this.options.confined ?? false);
  }

  #checked({ use, params }: { use: string; params: unknown }): { use: string; params: unknown } {
    return { use, params: byName(this.#augmentations, use).params.parse(params) };
  }
}

/** Where a worker finds a file: in place if the files lie in a folder, else its bytes, copied because they will be moved. */
async function sourceOf(files: Files, path: string): Promise<Source> {
  if (files.folder !== undefined) return { folder: files.folder, path };
  try {
    return { bytes: (await files.read(path)).slice() };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

function* unpack(
  paths: readonly string[],
  pixels: Uint8Array,
  reasons: readonly (string | null)[],
  size: number,
): Generator<Prepared> {
  const length = size * size * 3;
  for (const [i, path] of paths.entries()) {
    const reason = reasons[i];
    if (reason !== null) yield { path, reason };
    else yield { path, pixels: { width: size, height: size, data: pixels.subarray(i * length, (i + 1) * length) } };
  }
}

/** The path of the packed file where it has one, else a copy of the rows. @throws RangeError where a row lies outside. */
async function rowsOf(packed: Blob, rows: Uint32Array, size: number): Promise<string | Uint8Array> {
  const length = size * size * 3;
  const count = packed.size / length;
  const outside = rows.find((row) => row >= count);
  if (outside !== undefined) throw new RangeError(`Cannot draw row ${outside}: the packed file holds ${count} images`);
  if (packed.path !== undefined) return packed.path;
  const out = new Uint8Array(rows.length * length);
  for (const [i, row] of rows.entries()) out.set(await packed.slice(row * length, length), i * length);
  return out;
}

/** Batches to draw ahead: two a thread, within the memory allowed. */
function aheadOf(team: Team, options: BatchOptions): number {
  const largest = options.batches.reduce((most, rows) => Math.max(most, rows.length), 1);
  const bytes = options.form === "uint8" ? 1 : 4;
  const fitting = Math.floor(DRAWN_AHEAD / (largest * options.size ** 2 * 3 * bytes));
  return Math.min(team.threads * 2, Math.max(1, fitting));
}

/** Adds to each batch how long the consumer waited for it. */
async function* timed(results: AsyncIterator<Omit<Batch, "waited">>): AsyncGenerator<Batch> {
  while (true) {
    const asked = performance.now();
    const { done, value } = await results.next();
    if (done) return;
    yield { ...value, waited: performance.now() - asked };
  }
}
