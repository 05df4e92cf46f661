/** What the process that computes may do: the least that works. */
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import { backboneFiles } from "../../lib/contracts/plugins.ts";
import { pluginsOf } from "../../lib/pipeline/bound.ts";
import { PROJECT } from "./places.ts";
import type { Asked } from "./protocol.ts";

/** Folders of this Deno. */
export interface DenoFolders {
  readonly denoDir: string;
  /** Where npm packages lie, with their wasm and native files. */
  readonly npmCache: string;
}

/** Asks Deno where it keeps its files. */
export async function denoFolders(): Promise<DenoFolders> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stderr: "null" }).output();
  return JSON.parse(new TextDecoder().decode(stdout)) as DenoFolders;
}

/** Lets a session tidy up before its first runs (runners/providers/runtime_session.ts). */
export const COLLECTING = "--v8-flags=--expose-gc";

/** Flags of `deno run`: no network, no programs, one folder to write to. */
export function permissionFlags(
  provider: Asked,
  cache: string,
  inputs: readonly string[],
  deno: DenoFolders,
): string[] {
  const native = provider === "cpu" || provider === "auto";
  const read = [PROJECT, deno.npmCache, cache, ...inputs];
  return [
    "--no-prompt",
    `--allow-read=${list(read)}`,
    `--allow-write=${list([cache])}`,
    // The environment itself is cut down to what `childEnvironment` hands over.
    "--allow-env",
    // The processor's model is part of what results depend on.
    "--allow-sys=cpus",
    ...native ? [`--allow-ffi=${list([PROJECT, deno.npmCache])}`] : [],
  ];
}

/** What a pipeline names on disk. */
export function inputsOf(pipeline: Pipeline): readonly string[] {
  const { split, path } = pipeline.dataset;
  const lists = split.by === "list" ? [split.train, split.test, split.validation] : [];
  const { network, weights } = backboneFiles(pipeline.backbone, pluginsOf(pipeline));
  return [path, ...lists, network, weights].filter((input) => typeof input === "string");
}

/** Variables that Deno, the loader of native code and GPU drivers look at. */
const PASSED = [
  "HOME",
  "USERPROFILE",
  "SystemRoot",
  "TEMP",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  "LD_LIBRARY_PATH",
  "VK_DRIVER_FILES",
  "VK_ICD_FILENAMES",
];

/**
 * What the C library of Linux is asked for, which other systems do not hear. Huge pages: the images and weights of a train step lie in
 * blocks of megabytes, and it takes 0.8 to 0.9 of its time. Blocks above 4 MiB in mappings of their own, which go back to the system when
 * they are freed: otherwise the copies of weights that opening a model leaves behind stay in memory, 58 MiB of a ResNet-18.
 */
const ALLOCATION = { GLIBC_TUNABLES: `glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=${4 * 1024 * 1024}` };

/** Variables by which the process that computes on this provider gets its memory. */
export function allocation(provider: Asked): Readonly<Record<string, string>> {
  return provider === "webgpu" ? {} : ALLOCATION;
}

/** The whole environment of the child that computes on this provider. */
export function childEnvironment(deno: DenoFolders, provider: Asked): Record<string, string> {
  const passed = PASSED.map((name) => [name, Deno.env.get(name)] as const).filter(([, value]) => value !== undefined);
  return { ...allocation(provider), ...Object.fromEntries(passed), DENO_DIR: deno.denoDir, NO_COLOR: "1" };
}

/** A comma in a path would end it: Deno reads two as one. */
function list(paths: readonly string[]): string {
  return paths.map((path) => path.replaceAll(",", ",,")).join(",");
}
