import { z } from "zod";
import type { Head } from "../contracts/model.ts";
import { add, clip, mul, relu, squeeze } from "../ops/emit.ts";
import { dropout } from "../nn/dropout.ts";
import { zeros } from "../nn/initializers.ts";
import { valueScale } from "../nn/labels.ts";
import { linear } from "../nn/linear.ts";
import { dropoutParam } from "./_dropout.ts";

const params = z.strictObject({
  hidden: z.int().min(0).max(4096).default(0).describe("units of a hidden layer with ReLU; 0 leaves it out"),
  dropout: dropoutParam,
});

type Params = z.infer<typeof params>;

export const regression: Head<Params> = {
  name: "regression",
  about: "One number: the label minus the training mean, over the training standard deviation",
  params,
  emits: "value",
  /** Features [N,F] to [N,1]. The bias starts at 0, so that the first predictions lie around the mean label. */
  build(features, _labels, { hidden, dropout: rate }, scope) {
    const kept = dropout(features, rate, scope);
    const inner = hidden === 0 ? kept : relu(linear(kept, { out: hidden }, scope.child("hidden")));
    return linear(inner, { out: 1, bias: zeros }, scope.child("fc"));
  },
  /** The label, kept between the first and the last one. */
  decode(logits, labels) {
    return { age: clip(add(mul(squeeze(logits, [1]), valueScale(labels)), labels.mean), labels.first, labels.last) };
  },
};
