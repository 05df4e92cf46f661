import { z } from "zod";
import type { Optimizer } from "../../contracts/optimizer.ts";
import { add, mul } from "../../ops/emit.ts";
import { ADAM_SLOTS, adamParams, adamRates, adamStep } from "./_adam.ts";
import { decayOf, learningRate, weightDecay } from "./_params.ts";

const params = z.strictObject({ lr: learningRate(0.001), ...adamParams, ...weightDecay(0) });

type Params = z.infer<typeof params>;

export const adam: Optimizer<Params> = {
  name: "adam",
  about: "Adaptive moments; weight decay enters the gradient",
  source: "Kingma, Ba: Adam, a method for stochastic optimization, ICLR 2015",
  params,
  slots: ADAM_SLOTS,
  rates: adamRates,
  update(parameter, rates, params) {
    const decay = decayOf(parameter, params);
    if (decay === 0) return adamStep(parameter, rates, params);
    const gradient = add(parameter.gradient, mul(parameter.value, decay));
    return adamStep({ ...parameter, gradient }, rates, params);
  },
};
