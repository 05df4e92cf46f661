// deno-lint-ignore-file no-explicit-any
/** Every plug-in that a run may name: the built-in rooms and the user's own. */
import type { Augmentation, DatasetReader, Metric } from "./data.ts";
import type { Backbone, Head, Loss } from "./model.ts";
import type { Optimizer, Schedule } from "./optimizer.ts";
import type { BackboneSpec } from "./pipeline.ts";
import type { Reporter } from "./report.ts";

// The parameters of a plug-in are its own affair: whoever looks one up by name checks them with its schema.
export interface Plugins {
  readonly datasets: readonly DatasetReader<any>[];
  readonly augmentations: readonly Augmentation<any>[];
  readonly backbones: readonly Backbone<any>[];
  readonly heads: readonly Head<any>[];
  readonly losses: readonly Loss<any>[];
  readonly metrics: readonly Metric<any>[];
  readonly optimizers: readonly Optimizer<any>[];
  readonly schedules: readonly Schedule<any>[];
  readonly reporters: readonly Reporter[];
}

/** The plug-in of that name. @throws TypeError where there is none; a checked pipeline never names one that is missing. */
export function byName<T extends { readonly name: string }>(plugins: readonly T[], name: string): T {
  const found = plugins.find((plugin) => plugin.name === name);
  if (!found) {
    throw new TypeError(`Cannot find the plug-in "${name}": known are ${plugins.map((p) => p.name).join(", ")}`);
  }
  return found;
}

/** The files that a backbone starts from. */
export interface BackboneFiles {
  /** Absolute path of the ONNX file that it is read from. */
  readonly network?: string;
  /** Absolute path of the safetensors file with its first weights. */
  readonly weights?: string;
}

export function backboneFiles({ use, params, weights }: BackboneSpec, plugins: Plugins): BackboneFiles {
  const { file } = byName(plugins.backbones, use);
  return {
    ...file === undefined ? {} : { network: String(params[file]) },
    ...weights === null ? {} : { weights },
  };
}
