import { z } from "zod";
import type { Schedule } from "../../contracts/optimizer.ts";
import { warmupFactor, warmupParam } from "./_warmup.ts";

const params = z.strictObject({
  every: z.int().min(1).default(10).describe("epochs between two drops of the rate"),
  factor: z.number().positive().max(1).default(0.1).describe("what the rate is multiplied by at each drop"),
  warmup: warmupParam,
});

type Params = z.infer<typeof params>;

export const step: Schedule<Params> = {
  name: "step",
  about: "The rate drops by a factor every few epochs",
  params,
  rate(at, { total, perEpoch }, lr, { every, factor, warmup }) {
    const drops = Math.floor(at / (perEpoch * every));
    return lr * factor ** drops * warmupFactor(at, total, warmup);
  },
};
