/** A model that ageline exported, in the form that a provider computes fastest. */
import type { Provider } from "../../lib/contracts/provider.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { lower, targetOf } from "../../lib/lowering/mod.ts";
import { readable } from "./sound_model.ts";

/** Every file that ageline exports says this of itself in its `metadata_props`. */
const OWN = "ageline.size";

/** The same bytes for any other file: the runtime opens it as it is. */
export async function fastModel(model: Uint8Array, provider: Provider): Promise<Uint8Array> {
  const graph = provider.name === "cpu" ? readable(model) : undefined;
  if (graph === undefined || !(OWN in graph.metadata)) return model;
  return encodeModel(lower(graph, await targetOf(provider)));
}
