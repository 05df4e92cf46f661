/** A small dataset, a pipeline beside it, and folders for cache and results: all of it temporary. */
import { join } from "node:path";

const FACES = join(import.meta.dirname!, "../../fixtures/faces");

/** Settings of a pipeline file, as plain data. */
export type Settings = Readonly<Record<string, unknown>>;

/** What a trial's pipeline says; trains in about a second. */
export const SMALL: Settings = {
  name: "small",
  about: "A trial",
  dataset: {
    use: "utkface",
    path: "./images",
    ages: [1, 90],
    split: { by: "random", test: 0.2, validation: 0.1 },
  },
  augmentation: ["flip", { use: "crop", padding: 2 }],
  backbone: { use: "convnet", width: 4, depth: 2, image: 16 },
  head: "regression",
  loss: "mse",
  train: { epochs: 2, batch: 8, optimizer: { use: "adamw", lr: 0.01 } },
};

export interface Trial extends Disposable {
  /** The temporary folder that holds everything. */
  readonly folder: string;
  readonly images: string;
  readonly cache: string;
  readonly out: string;
  /** The pipeline file. */
  readonly file: string;
}

export interface TrialOptions {
  /** Drawn faces that are copied; default 40. */
  readonly faces?: number;
  /** Top-level keys that replace those of `SMALL`. */
  readonly settings?: Settings;
}

/** Dispose of it to remove its folder. */
export function openTrial({ faces = 40, settings = {} }: TrialOptions = {}): Trial {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ageline-" })).replaceAll("\\", "/");
  const images = `${folder}/images`;
  Deno.mkdirSync(images);
  for (const name of someFaces(faces)) Deno.copyFileSync(join(FACES, name), `${images}/${name}`);
  const file = `${folder}/small.yaml`;
  writePipeline(file, settings);
  return {
    folder,
    images,
    cache: `${folder}/cache`,
    out: `${folder}/runs`,
    file,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Writes a pipeline file; JSON is YAML. */
export function writePipeline(file: string, settings: Settings = {}): void {
  Deno.writeTextFileSync(file, JSON.stringify({ ...SMALL, ...settings }, null, 2));
}

/** Names of drawn faces, spread evenly over the ages; the same ones each time. */
export function someFaces(count: number): string[] {
  const names = Array.from(Deno.readDirSync(FACES), ({ name }) => name).filter((name) => name.endsWith(".jpg")).sort();
  return Array.from({ length: count }, (_, i) => names[Math.floor((i * names.length) / count)]);
}

/** Where the drawn faces lie. */
export function facePath(name: string): string {
  return join(FACES, name);
}
