import { z } from "zod";
import type { Head } from "../contracts/model.ts";
import { add, clip, mul, squeeze } from "../ops/emit.ts";
import { zeros } from "../nn/initializers.ts";
import { valueScale } from "../nn/labels.ts";
import { linear } from "../nn/linear.ts";
import { hiddenFeatures, hiddenParams } from "./_hidden.ts";

const params = z.strictObject(hiddenParams);

type Params = z.infer<typeof params>;

export const regression: Head<Params> = {
  name: "regression",
  about: "One number: the label minus the training mean, over the training standard deviation",
  params,
  emits: "value",
  /** Features [N,F] to [N,1]. The bias starts at 0, so that the first predictions lie around the mean label. */
  build(features, _labels, params, scope) {
    return linear(hiddenFeatures(features, params, scope), { out: 1, bias: zeros }, scope.child("fc"));
  },
  /** The label, kept between the first and the last one. */
  decode(logits, labels) {
    return { age: clip(add(mul(squeeze(logits, [1]), valueScale(labels)), labels.mean), labels.first, labels.last) };
  },
};
