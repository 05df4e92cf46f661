import assert from "node:assert/strict";
import type { OptimizedParameter, Optimizer } from "../../lib/contracts/optimizer.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { clipByNorm, globalNorm, squaredNorms } from "../../lib/optim/clip.ts";
import { oneMinusPower } from "../../lib/optim/optimizers/_adam.ts";
import { optimizers } from "../../lib/optim/optimizers/mod.ts";
import { assertClose, type Feed, type Numbers, readGolden, run } from "../nn/_run.ts";

const golden = readGolden("optim");
const NAMES = ["weight", "bias"];

interface Case {
  use: string;
  params: Record<string, unknown>;
  values: Record<string, number[]>[];
  clip?: number;
  norms?: number[];
}

function feed(name: string, data: ArrayLike<number>): Feed {
  return { dims: golden.start[name].dims, data };
}

/** One update of both parameters; `state` holds values and slots by input name. */
// deno-lint-ignore no-explicit-any
function step(plugin: Optimizer<any>, params: unknown, state: Record<string, Feed>, t: number, clip?: number): Numbers {
  const scalars = { lr: { dims: [], data: [golden.rates[t]] }, step: { dims: [], data: [t + 1] } };
  const gradients = Object.fromEntries(NAMES.map((name) => [`grad/${name}`, feed(name, golden.gradients[t][name])]));
  return run({ ...state, ...gradients, ...scalars }, (inputs) => {
    const rates = plugin.rates(inputs.lr, inputs.step, params);
    const raw = NAMES.map((name) => inputs[`grad/${name}`]);
    const norm = globalNorm(squaredNorms(raw));
    const clipped = clip === undefined ? raw : clipByNorm(raw, norm, clip);
    const outputs: Record<string, Value> = { norm };
    NAMES.forEach((name, i) => {
      const slots = Object.fromEntries(plugin.slots.map((slot) => [slot, inputs[`${slot}/${name}`]]));
      const parameter: OptimizedParameter = {
        value: inputs[name],
        gradient: clipped[i],
        slots,
        decay: name === "weight",
      };
      const next = plugin.update(parameter, rates, params);
      outputs[name] = next.value;
      for (const slot of plugin.slots) outputs[`${slot}/${name}`] = next.slots[slot];
    });
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`next/${name}`, value]));
  });
}

for (const { use, params, values, clip, norms } of golden.optimizers as Case[]) {
  const title = `${use} ${JSON.stringify(params)}${clip === undefined ? "" : ` clipped at ${clip}`}`;
  Deno.test(`${title}: ten steps as PyTorch takes them`, () => {
    const plugin = optimizers.find((optimizer) => optimizer.name === use)!;
    const defaults = params.weight_decay === undefined ? { ...params, weight_decay: 0 } : params;
    const checked = plugin.params.parse(defaults);
    const state: Record<string, Feed> = {};
    for (const name of NAMES) {
      state[name] = feed(name, golden.start[name].data);
      for (const slot of plugin.slots) state[`${slot}/${name}`] = feed(name, new Float64Array(state[name].data.length));
    }
    values.forEach((expected, t) => {
      const next = step(plugin, checked, state, t, clip);
      for (const name of NAMES) assertClose(next[`next/${name}`], expected[name], 1e-8, `${name} after step ${t + 1}`);
      if (norms) assertClose(next["next/norm"], [norms[t]], 1e-12, `gradient norm of step ${t + 1}`);
      for (const name of Object.keys(state)) state[name] = next[`next/${name}`];
    });
  });
}

Deno.test("the bias correction is exact on both sides of the change of form", () => {
  for (const beta of [0, 0.5, 0.9, 0.999, 0.9999]) {
    for (const t of [1, 2, 5, 6, 100, 600, 5000, 100000]) {
      const found = run({ step: { dims: [], data: [t] } }, ({ step }) => ({ found: oneMinusPower(beta, step) }));
      assertClose(found.found, [-Math.expm1(t * Math.log(beta))], 1e-9, `1 - ${beta}^${t}`);
    }
  }
});

Deno.test("optimizers refuse parameters out of range and unknown keys", () => {
  for (const plugin of optimizers) {
    assert.equal(plugin.params.safeParse({}).success, true, plugin.name);
    assert.equal(plugin.params.safeParse({ lr: 0 }).success, false, plugin.name);
    assert.equal(plugin.params.safeParse({ weight_decay: -1 }).success, false, plugin.name);
    assert.equal(plugin.params.safeParse({ weight_decai: 0.1 }).success, false, plugin.name);
  }
});
