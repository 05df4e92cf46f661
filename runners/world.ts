/** The world of a run on this machine: a cache folder, local files, an execution provider, image workers. */
import { Stopped } from "../lib/base/errors.ts";
import type { Provider } from "../lib/contracts/provider.ts";
import type { Store } from "../lib/contracts/store.ts";
import type { ImageWorkers, World } from "../lib/contracts/world.ts";
import type { Augmentation } from "../lib/contracts/data.ts";
import { folderFiles } from "./files/folder.ts";
import { resultsFolder } from "./files/results.ts";
// Loaded before any provider is.
import "./images/web_worker.ts";
import { folderStore } from "./stores/folder.ts";

export interface WorldOptions {
  readonly provider: Provider;
  /** The cache folder, or a store of another kind. */
  readonly cache: string | Store;
  /** Where results go; absent: nowhere. */
  readonly out?: string;
  /** Ends the run, with its checkpoint kept. */
  readonly signal?: AbortSignal;
  /** Whether the process has grown past its memory budget; default: never. */
  readonly exhausted?: (reserve?: number) => boolean;
  /** Seconds between checkpoints; default 30. */
  readonly checkpoint?: number;
  /** A user's own augmentations. */
  readonly augmentations?: readonly Augmentation<unknown>[];
  /** Hears of damaged cache entries. */
  readonly warn?: (message: string) => void;
}

/** Dispose of the world to end its workers. */
export function openWorld(options: WorldOptions): World & AsyncDisposable {
  const { cache, out } = options;
  const memory = typeof cache === "string" ? cache : undefined;
  const images = lazyImages(options.augmentations);
  return {
    provider: options.provider,
    store: typeof cache === "string" ? folderStore({ folder: cache, warn: options.warn }) : cache,
    files: (folder) => folderFiles({ folder, cache: memory }),
    images,
    out: out === undefined ? undefined : resultsFolder(out),
    now: () => performance.now(),
    signal: options.signal ?? new AbortController().signal,
    checkpointEvery: (options.checkpoint ?? 30) * 1000,
    exhausted: options.exhausted ?? (() => false),
    [Symbol.asyncDispose]: () => images[Symbol.asyncDispose](),
  };
}

/** The reason to abort a signal with when the user wants a run to stop. */
export function interruption(): Stopped {
  return new Stopped("interrupted");
}

/** Image workers that are loaded when there is image work: a run from the cache has none. */
function lazyImages(augmentations: readonly Augmentation<unknown>[] | undefined): ImageWorkers & AsyncDisposable {
  let door: Promise<ImageWorkers & AsyncDisposable> | undefined;
  const open = (): Promise<ImageWorkers & AsyncDisposable> => door ??= openDoor(augmentations);
  return {
    async *prepare(files, paths, options) {
      yield* (await open()).prepare(files, paths, options);
    },
    async *batches(packed, options) {
      yield* (await open()).batches(packed, options);
    },
    async [Symbol.asyncDispose]() {
      await (await door)?.[Symbol.asyncDispose]();
    },
  };
}

async function openDoor(augmentations: readonly Augmentation<unknown>[] | undefined) {
  const { openImageWorkers } = await import("./images/image_workers.ts");
  return openImageWorkers({ augmentations });
}
