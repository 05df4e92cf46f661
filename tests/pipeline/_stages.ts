/** Small stages of text, a world in memory, and a pipeline to run them with. */
import { Stopped } from "../../lib/base/errors.ts";
import type { Files, FolderChanges } from "../../lib/contracts/files.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import type { Stage } from "../../lib/contracts/stage.ts";
import type { Store } from "../../lib/contracts/store.ts";
import type { World } from "../../lib/contracts/world.ts";
import { memoryStore } from "../../runners/stores/memory.ts";
import { compile } from "./_doors.ts";

const encoder = new TextEncoder();

/** What stages do, and how often they did it. */
export interface Bench {
  readonly stages: readonly Stage[];
  /** Names of the stages that ran, in order. */
  readonly ran: string[];
  /** Text of the one file that is read. */
  content: string;
  changes: FolderChanges | undefined;
  numericClass: string;
}

/** read (upper-cases the file's first word) -> count (its length, by an epoch number) and, beside it, numeric `sum`. */
export function bench(): Bench {
  const state: Bench = { stages: [], ran: [], content: "one two", changes: undefined, numericClass: "cpu a" };
  const text = (value: unknown): Uint8Array => encoder.encode(String(value));
  const read = stage("read", {
    makes: ["word"],
    params: ({ dataset }) => ({ ages: dataset.ages }),
    sources: () => Promise.resolve({ images: state.content }),
    run: async (_, __, { put }) => {
      state.ran.push("read");
      return { word: await put(text(state.content.split(" ")[0].toUpperCase())) };
    },
  });
  const count = stage("count", {
    needs: ["read.word"],
    makes: ["length"],
    params: ({ train }) => ({ epochs: train.epochs }),
    run: async (inputs, { train }, { put }) => {
      state.ran.push("count");
      return { length: await put(text((await inputs["read.word"].text()).length * train.epochs)) };
    },
  });
  const sum = stage("sum", {
    needs: ["count.length", "read.word"],
    makes: ["line"],
    numeric: true,
    params: () => ({}),
    run: async (inputs, _, { put, earlier }) => {
      state.ran.push("sum");
      const before = earlier.map((row) => `${row.name} ${row.status}`).join(", ");
      return { line: await put(text(`${await inputs["count.length"].text()} after ${before}`)) };
    },
  });
  return Object.assign(state, { stages: [sum, count, read] });
}

export function stage(name: string, rest: Partial<Stage>): Stage {
  const nothing = { needs: [], makes: [], numeric: false, version: 1, about: name };
  return { name, ...nothing, params: () => ({}), run: () => Promise.resolve({}), ...rest };
}

export function world(state: Bench, store: Store = memoryStore(), rest: Partial<World> = {}): World {
  const none = (): never => {
    throw new Error("no such door in this test");
  };
  const files = { changes: () => Promise.resolve(state.changes) } as unknown as Files;
  return {
    provider: {
      name: "reference",
      numericClass: () => Promise.resolve(state.numericClass),
      unavailable: () => Promise.resolve(undefined),
      open: none,
    },
    store,
    files: () => files,
    images: { prepare: none, batches: none },
    now: () => 0,
    signal: new AbortController().signal,
    checkpointEvery: 1000,
    exhausted: () => false,
    ...rest,
  };
}

export async function pipeline(text = ""): Promise<Pipeline> {
  return await compile(`extends: base.yaml\n${text}`);
}

export { Stopped };
