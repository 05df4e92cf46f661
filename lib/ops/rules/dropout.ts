/** Dropout as it is in inference: nothing is dropped. Training builds its own from uniform random numbers. */
import { toNumbers } from "../../base/tensor.ts";
import type { OpRule } from "../../contracts/op.ts";
import { checkCount, misfit, required } from "./_check.ts";
import { numbers } from "./_numbers.ts";

export const dropout: readonly OpRule[] = [
  {
    type: "Dropout",
    infer(inputs, _, constants, outputs) {
      checkCount("Dropout", inputs, 1, 3);
      const training = constants[2];
      if (inputs[2] && !training) misfit("Dropout", "training_mode is computed at run time, it must be constant");
      if (training && toNumbers(training)[0] !== 0) misfit("Dropout", "training_mode is true, only inference is known");
      const x = required("Dropout", inputs, 0);
      return [x, { type: "bool" as const, shape: x.shape }].slice(0, outputs);
    },
    compute(inputs, _, outputs) {
      const x = required("Dropout", inputs, 0);
      const mask = numbers("bool", x.dims, new Float64Array(x.data.length).fill(1));
      return [x, mask].slice(0, outputs);
    },
    vjp: (tape, [dy]) => tape.inputs.map((_, i) => (i === 0 && tape.wanted(0) ? dy : null)),
    samples: [{ shapes: [[2, 3]] }],
  },
];
