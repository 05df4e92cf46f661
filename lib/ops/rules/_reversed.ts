/** Turning axes round. */
import type { Value } from "../../contracts/op.ts";
import { slice } from "../emit.ts";

/** Larger than any axis: exporters write "to the end" as the largest integer. */
export const FAR = 2 ** 31 - 1;

/**
 * The elements in reverse order along `axes`, always whole axes: the webgpu provider of ONNX Runtime 1.30 slices wrongly where
 * a negative step starts before the last element.
 */
export function reversed(x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  return slice(x, axes.map(() => -1), axes.map(() => -FAR), axes, axes.map(() => -1));
}
