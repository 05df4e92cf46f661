import { z } from "zod";
import type { Optimizer } from "../../contracts/optimizer.ts";
import { mul, sub } from "../../ops/emit.ts";
import { ADAM_SLOTS, adamParams, adamRates, adamStep } from "./_adam.ts";
import { decayOf, learningRate, weightDecay } from "./_params.ts";

const params = z.strictObject({ lr: learningRate(0.001), ...adamParams, ...weightDecay(0.01) });

type Params = z.infer<typeof params>;

export const adamw: Optimizer<Params> = {
  name: "adamw",
  about: "Adaptive moments; weight decay shrinks the weights themselves",
  source: "Loshchilov, Hutter: Decoupled weight decay regularization, ICLR 2019",
  params,
  slots: ADAM_SLOTS,
  rates(lr, step, params) {
    return { ...adamRates(lr, step, params), kept: sub(1, mul(lr, params.weight_decay)) };
  },
  update(parameter, rates, params) {
    if (decayOf(parameter, params) === 0) return adamStep(parameter, rates, params);
    return adamStep({ ...parameter, value: mul(parameter.value, rates.kept) }, rates, params);
  },
};
