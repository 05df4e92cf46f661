/** The plug-ins that a pipeline was checked with: its names mean these, wherever it goes. */
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import { builtin } from "./builtin.ts";

const bound = new WeakMap<Pipeline, Plugins>();

export function bindPlugins(pipeline: Pipeline, plugins: Plugins): void {
  bound.set(pipeline, plugins);
}

/** The built-in ones for a pipeline that came as plain data. */
export function pluginsOf(pipeline: Pipeline): Plugins {
  return bound.get(pipeline) ?? builtin;
}
