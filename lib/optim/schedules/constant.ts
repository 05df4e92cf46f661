import { z } from "zod";
import type { Schedule } from "../../contracts/optimizer.ts";
import { warmupFactor, warmupParam } from "./_warmup.ts";

const params = z.strictObject({ warmup: warmupParam });

type Params = z.infer<typeof params>;

export const constant: Schedule<Params> = {
  name: "constant",
  about: "The same rate in every step",
  params,
  rate: (step, { total }, lr, { warmup }) => lr * warmupFactor(step, total, warmup),
};
