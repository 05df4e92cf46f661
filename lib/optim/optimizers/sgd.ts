import { z } from "zod";
import type { Optimizer } from "../../contracts/optimizer.ts";
import { add, mul, sub } from "../../ops/emit.ts";
import { decayOf, learningRate, weightDecay } from "./_params.ts";

const params = z.strictObject({
  lr: learningRate(0.05),
  momentum: z.number().min(0).lt(1).default(0.9).describe("how much of the last direction each step keeps"),
  nesterov: z.boolean().default(false).describe("step along the gradient plus momentum times the new direction"),
  ...weightDecay(0.0001),
});

type Params = z.infer<typeof params>;

export const sgd: Optimizer<Params> = {
  name: "sgd",
  about: "Stochastic gradient descent with momentum; weight decay enters the gradient",
  source: "Sutskever et al.: On the importance of initialization and momentum in deep learning, ICML 2013",
  params,
  slots: ["momentum"],
  rates: (lr) => ({ lr }),
  /** The direction starts at the first gradient, because the slot starts at 0 and nothing is damped. */
  update(parameter, { lr }, { momentum, nesterov, ...rest }) {
    const decay = decayOf(parameter, rest);
    const gradient = decay === 0 ? parameter.gradient : add(parameter.gradient, mul(parameter.value, decay));
    const direction = add(mul(parameter.slots.momentum, momentum), gradient);
    const move = nesterov ? add(gradient, mul(direction, momentum)) : direction;
    return { value: sub(parameter.value, mul(move, lr)), slots: { momentum: direction } };
  },
};
