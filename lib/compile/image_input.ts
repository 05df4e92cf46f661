/** The input `image` of a graph, in the form in which its caller has the pixels. */
import type { Builder, Value } from "../contracts/op.ts";
import type { PixelForm } from "../contracts/world.ts";
import type { Dim } from "../graph/graph.ts";
import { cast } from "../ops/emit.ts";

/**
 * How a batch of images reaches a graph. `float32`: as in published models. `uint8`: the bytes of the packed images, a quarter to
 * copy and to upload, which become numbers where the provider computes.
 */
export type ImageForm = PixelForm;

/** Adds the input `image` [batch,3,side,side], RGB of 0 to 255, and gives it as float32. */
export function imageInput(builder: Builder, batch: Dim, side: number, form: ImageForm): Value {
  return cast(builder.input("image", form, [batch, 3, side, side]), "float32");
}
