/** Pipelines and models from this machine's files and memory, for programs. */
import type { ProviderName, Session } from "../lib/contracts/provider.ts";
import type { Pipeline } from "../lib/contracts/pipeline.ts";
import type { Plugins } from "../lib/contracts/plugins.ts";
import { withBuiltin } from "../lib/pipeline/builtin.ts";
import { compilePipeline } from "../lib/pipeline/load.ts";
import { localDoors } from "./doors.ts";
import { fastModel } from "./providers/fast_model.ts";
import { chooseProvider } from "./providers/mod.ts";

export interface LoadPipelineOptions {
  /** `a.b=value`, later ones win. */
  readonly overrides?: readonly string[];
  /** Plug-ins beside the built-in ones, by room: `{ heads: [mine] }`. */
  readonly plugins?: Partial<Plugins>;
}

/**
 * Reads, resolves and checks a pipeline file.
 * @throws PipelineError with every problem and its place.
 */
export async function loadPipeline(file: string, options: LoadPipelineOptions = {}): Promise<Pipeline> {
  const { overrides, plugins = {} } = options;
  return await compilePipeline(file, localDoors(Deno.cwd()), { overrides, plugins: withBuiltin(plugins) });
}

export interface OpenModelOptions {
  /** Default `auto`: a real GPU, else cpu, else wasm. */
  readonly provider?: "auto" | ProviderName;
}

/**
 * Opens an ONNX file for running: `await session.run({ image })`. Dispose of the session to free it. Files of other exporters are
 * taken as they are; `reference` knows operator sets 7 to 24.
 */
export async function openModel(bytes: Uint8Array, options: OpenModelOptions = {}): Promise<Session> {
  const { provider } = await chooseProvider(options.provider ?? "auto");
  return await provider.open(await fastModel(bytes, provider));
}
