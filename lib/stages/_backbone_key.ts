/** What of a backbone enters the keys of stages. */
import type { Pipeline } from "../contracts/pipeline.ts";
import { byName, type Plugins } from "../contracts/plugins.ts";

/** Not where its files lie, since their content does. */
export function backboneKey({ backbone }: Pipeline, plugins: Plugins): { use: string; params: unknown } {
  const { use, params } = backbone;
  const { file } = byName(plugins.backbones, use);
  return { use, params: Object.fromEntries(Object.entries(params).filter(([name]) => name !== file)) };
}

/** The same with how it trains. */
export function trainedBackboneKey(pipeline: Pipeline, plugins: Plugins): unknown {
  const { train, lr_scale, batch_norm } = pipeline.backbone;
  return { ...backboneKey(pipeline, plugins), train, lr_scale, batch_norm };
}
