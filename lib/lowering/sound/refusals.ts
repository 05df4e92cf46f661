/** Forms that ONNX Runtime 1.30 refuses in the middle of a run or with a message that names no node: they are refused at once. */
import { ONNX_TYPES } from "../../graph/element_types.ts";
import { intOf } from "../attributes.ts";
import type { Repair } from "./_patch.ts";

/** The web builds have no kernel for it. */
export const castToDouble: Repair = (patch) =>
  intOf(patch.node.attrs, "to", 0) === ONNX_TYPES.float64 ? patch.refuse("it makes float64 values") : false;

/** The places of the maxima are not known there; where nobody reads them they are left out. */
export const maxPoolIndices: Repair = (patch) => {
  const { inputs, outputs: [, indices], attrs } = patch.node;
  if (!indices) return false;
  return patch.known.isUsed(indices) ? patch.refuse("the places of its maxima are used") : patch.become(inputs, attrs);
};
