/** A model in the form that a provider computes right. */
import { UserError } from "../../lib/base/errors.ts";
import type { ProviderName } from "../../lib/contracts/provider.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { makeSound } from "../../lib/lowering/sound/mod.ts";

/**
 * The same bytes where nothing of the model is computed wrong. What ageline cannot read (functions, sparse tensors) goes to the
 * native and wasm runtimes as it is, since only their optimizer errs; on webgpu, where kernels err, it is refused.
 * @throws UserError where a form has no right one on the provider.
 */
export function soundModel(model: Uint8Array, provider: ProviderName): Uint8Array {
  const graph = provider === "webgpu" ? decodeModel(model) : readable(model);
  if (graph === undefined) return model;
  const sound = makeSound(graph, provider);
  return sound === graph ? model : encodeModel(sound);
}

/** Undefined where the bytes are no model that ageline can read. */
export function readable(model: Uint8Array): Graph | undefined {
  try {
    return decodeModel(model);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
