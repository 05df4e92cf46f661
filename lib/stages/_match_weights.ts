/** Weights of a file matched to the tensors of a backbone, by the names that torchvision and timm use. */
import { UserError } from "../base/errors.ts";
import { type Tensor, tensor, type Tensors, toNumbers } from "../base/tensor.ts";
import type { ModelTensor } from "../compile/scope.ts";
import { listed } from "./_words.ts";

/** What a file holds of a backbone. */
export interface MatchedWeights {
  /** Float32, exactly the tensors of the backbone. */
  readonly weights: Tensors;
  /** Tensors of a head of another kind, which are left out. */
  readonly head: readonly string[];
}

/** Layers behind the features: `fc.weight`, `classifier.1.bias`, `head.fc.weight`, `head.age.fc.weight`. */
const HEAD = /^(fc|classifier|heads?|last_linear)\./;
/** A count that PyTorch keeps and nothing here needs. */
const COUNT = /(^|\.)num_batches_tracked$/;
/** Names that one message lists. */
const MOST_LISTED = 8;

/**
 * @param file how messages name the file.
 * @throws UserError naming every tensor that is missing, misshapen, or that the backbone does not have.
 */
export function matchWeights(found: Tensors, wanted: readonly ModelTensor[], file: string): MatchedWeights {
  const known = new Set(wanted.map(({ name }) => name));
  const others = Object.keys(found).filter((name) => !known.has(name) && !COUNT.test(name));
  const head = others.filter((name) => HEAD.test(name));
  const extra = others.filter((name) => !HEAD.test(name));
  const missing = wanted.filter(({ name }) => found[name] === undefined).map(({ name }) => name);
  const misshapen = wanted.flatMap(({ name, shape }) => {
    const dims = found[name]?.dims;
    return dims === undefined || dims.join() === shape.join() ? [] : [`${name} [${dims}] instead of [${shape}]`];
  });
  const wrong = [
    ...said("missing", missing),
    ...said("of another shape", misshapen),
    ...said("not in this backbone", extra),
  ];
  if (wrong.length === 0) {
    return { weights: Object.fromEntries(wanted.map(({ name }) => [name, asFloat32(found[name])])), head };
  }
  throw new UserError(
    `Cannot start from "${file}": ${wrong.join("; ")}; name the backbone, width and stem that the file was made with`,
  );
}

/**
 * @param weightOf what the file holds for a tensor, float32.
 * @throws UserError naming every tensor that holds a number which is not finite.
 */
export function refuseUnsound(
  tensors: readonly ModelTensor[],
  weightOf: (tensor: ModelTensor) => Tensor,
  file: string,
): void {
  const isSound = (tensor: ModelTensor): boolean => (weightOf(tensor).data as Float32Array).every(Number.isFinite);
  const unsound = tensors.filter((tensor) => !isSound(tensor)).map(({ name }) => name);
  if (unsound.length === 0) return;
  throw new UserError(
    `Cannot start from "${file}": numbers of ${listed(unsound, MOST_LISTED)} are not finite, use weights that are`,
  );
}

/** `3 missing (a, b, c)`; nothing where there is none. */
function said(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${names.length} ${what} (${listed(names, MOST_LISTED)})`];
}

function asFloat32(value: Tensor): Tensor {
  return value.type === "float32" ? value : tensor("float32", value.dims, toNumbers(value));
}
