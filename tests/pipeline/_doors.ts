/** Pipeline files in memory, and a fixed choice of plug-ins, so that messages do not change when a plug-in is added. */
import { PipelineError, type Problem } from "../../lib/base/errors.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import type { Plugins } from "../../lib/contracts/plugins.ts";
import { builtin } from "../../lib/pipeline/builtin.ts";
import { compilePipeline } from "../../lib/pipeline/load.ts";
import type { PipelineDoors } from "../../lib/pipeline/resolve.ts";

const NAMES: Readonly<Record<keyof Plugins, readonly string[]>> = {
  datasets: ["csv", "utkface"],
  augmentations: ["crop", "flip", "noise", "rotate"],
  backbones: ["convnet", "onnx", "resnet18"],
  heads: ["classification", "coral", "corn", "regression"],
  losses: ["ce", "coral", "corn", "huber", "l1", "mse"],
  metrics: ["bias", "cs5", "mae", "rmse"],
  optimizers: ["adamw", "sgd"],
  schedules: ["constant", "one_cycle"],
  reporters: [],
};

/** Built-in plug-ins by name. */
export const plugins = Object.fromEntries(
  Object.entries(NAMES).map(([room, names]) => {
    const list = builtin[room as keyof Plugins] as readonly { name: string }[];
    return [room, names.map((name) => list.find((plugin) => plugin.name === name))];
  }),
) as unknown as Plugins;

/** A right pipeline to start from. */
export const BASE = `
name: base
dataset: { use: utkface, path: faces, ages: [21, 60], split: { by: random, test: 0.2, validation: 0.1 } }
augmentation: [flip, { use: crop, padding: 4 }]
backbone: { use: resnet18, width: 32 }
head: coral
loss: coral
train: { epochs: 3, optimizer: { use: adamw, lr: 0.002, weight_decay: 0.05 }, schedule: one_cycle }
`;

/** What a table holds that no test writes. */
const HEADER = "file,age,gender\n";

/** Files below `/home`, where every folder is there, and every table, if only by its header. */
export function doors(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): PipelineDoors {
  const all: Readonly<Record<string, string>> = { "/home/base.yaml": BASE, ...files };
  return {
    cwd: "/home",
    environment: (name) => environment[name],
    readText: (path) => Promise.resolve(all[path] ?? (path.endsWith(".csv") ? HEADER : undefined)),
    kindOf: (path) => Promise.resolve(path in all || path.endsWith(".csv") ? "file" : "folder"),
  };
}

/** Compiles `/home/mine.yaml` with this text. */
export async function compile(
  text: string,
  options: { overrides?: readonly string[]; environment?: Record<string, string>; files?: Record<string, string> } = {},
): Promise<Pipeline> {
  const files = { ...options.files, "/home/mine.yaml": text };
  return await compilePipeline("mine.yaml", doors(files, options.environment), {
    plugins,
    overrides: options.overrides,
  });
}

/** The problems that a text has. */
export async function problemsOf(text: string, overrides: readonly string[] = []): Promise<readonly Problem[]> {
  try {
    await compile(text, { overrides });
  } catch (error) {
    if (error instanceof PipelineError) return error.problems;
    throw error;
  }
  return [];
}

export async function messagesOf(text: string, overrides: readonly string[] = []): Promise<readonly string[]> {
  return (await problemsOf(text, overrides)).map((problem) => problem.message);
}
