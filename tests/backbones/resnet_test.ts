import assert from "node:assert/strict";
import { gradients } from "../../lib/autodiff/gradients.ts";
import { toNumbers } from "../../lib/base/tensor.ts";
import { basicBlock, bottleneck, resnet, type ResnetParams } from "../../lib/backbones/_resnet.ts";
import { ModelDeclarations, type ModelTensor } from "../../lib/compile/scope.ts";
import type { Tensors } from "../../lib/base/tensor.ts";
import type { Scope } from "../../lib/contracts/model.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { linear } from "../../lib/nn/linear.ts";
import { mul, reduceSum } from "../../lib/ops/emit.ts";
import {
  assertClose,
  type Feed,
  type Numbers,
  parityTest,
  readGoldenTensors,
  readParityTensors,
  run,
} from "../nn/_run.ts";

interface Trial {
  readonly net: (images: Value, scope: Scope) => Value;
  readonly state: Tensors;
  readonly image: Feed;
  readonly cotangent: Feed;
  readonly training: boolean;
  /** Tensors whose gradient is wanted; `input` is the image. */
  readonly wrt: readonly string[];
}

/** Output, loss Σ output · cotangent, gradients as `grad.<name>` and moved statistics as `running.<name>`. */
function runNet({ net, state, image, cotangent, training, wrt }: Trial): Numbers {
  const feeds: Record<string, Feed> = { input: image, cotangent };
  for (const [name, value] of Object.entries(state)) {
    if (!name.endsWith("num_batches_tracked")) feeds[name] = { dims: value.dims, data: toNumbers(value) };
  }
  return run(feeds, (inputs) => {
    const place = ({ name, shape }: ModelTensor): Value => {
      assert.deepEqual(inputs[name]?.shape, shape, name);
      return inputs[name];
    };
    const model = new ModelDeclarations({ builder: inputs.input.builder, training, place });
    const output = net(inputs.input, model.root());
    assert.equal(model.tensors.size, Object.keys(feeds).length - 2, "every tensor of the state is used");
    const loss = reduceSum(mul(output, inputs.cotangent), null);
    const found = gradients(loss, wrt.map((name) => inputs[name]));
    return {
      output,
      loss,
      ...Object.fromEntries(wrt.map((name, i) => [`grad.${name}`, found[i]])),
      ...Object.fromEntries([...model.updates].map(([name, value]) => [`running.${name}`, value])),
    };
  });
}

/** Every tensor that the judge holds and the run made, compared. */
function compare(found: Numbers, expected: Tensors, tolerances: { output: number; gradient: number }): void {
  for (const [name, value] of Object.entries(expected)) {
    const tolerance = name.startsWith("grad.") ? tolerances.gradient : tolerances.output;
    assertClose(found[name], toNumbers(value), tolerance, name);
  }
}

function prefixed(tensors: Tensors, prefix: string, strip = false): Tensors {
  const chosen = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(chosen.map(([name, value]) => [strip ? name.slice(prefix.length) : name, value]));
}

function asFeed({ dims, data }: Tensors[string]): Feed {
  return { dims, data: data as Float32Array };
}

const gradientNames = (tensors: Tensors): string[] => Object.keys(prefixed(tensors, "grad.", true));

const KINDS = {
  basic: { block: basicBlock, stem: "small" },
  bottleneck: { block: bottleneck, stem: "imagenet" },
} as const;

for (const kind of ["basic", "bottleneck"] as const) {
  Deno.test(`tiny ${kind} resnet: features, gradients and running statistics as PyTorch's`, () => {
    const golden = readGoldenTensors(`resnet_${kind}`);
    const { block, stem } = KINDS[kind];
    const params: ResnetParams = { width: 4, stem, image: 32 };
    const shared = {
      net: (images: Value, scope: Scope) => resnet(images, block, [1, 1], params, scope),
      state: prefixed(golden, "state.", true),
      image: asFeed(golden.image),
      cotangent: asFeed(golden.cotangent),
    };
    const still = runNet({ ...shared, training: false, wrt: [] });
    assertClose(still.output, toNumbers(golden["eval.features"]), 1e-6, "features");
    const moved = runNet({ ...shared, training: true, wrt: gradientNames(golden) });
    const expected = { ...prefixed(golden, "grad."), ...prefixed(golden, "running.") };
    compare(moved, { ...expected, output: golden["train.features"], loss: golden["train.loss"] }, {
      output: 1e-6,
      gradient: 1e-6,
    });
  });
}

const PARITY = [
  { name: "resnet_basic", block: basicBlock, depths: [2, 2, 2, 2], classes: 5 },
  { name: "resnet_bottleneck", block: bottleneck, depths: [1, 1, 1, 1], classes: 3 },
];

for (const { name, block, depths, classes } of PARITY) {
  const net = (images: Value, scope: Scope): Value => {
    const features = resnet(images, block, depths, { width: 8, stem: "imagenet", image: 64 }, scope);
    return linear(features, { out: classes }, scope.child("fc"));
  };

  parityTest(`${name}: torchvision's outputs and gradients on running statistics`, () => {
    const io = readParityTensors(`${name}.io`);
    const expected = readParityTensors(`${name}.grad`);
    const wrt = gradientNames(expected);
    const state = readParityTensors(name);
    const cotangent = asFeed(expected.cotangent);
    const found = runNet({ net, state, image: asFeed(io.input), cotangent, training: false, wrt });
    compare(found, { output: io.output, ...prefixed(expected, "grad.") }, { output: 1e-4, gradient: 5e-4 });
  });

  parityTest(`${name}: torchvision's training step with its running statistics`, () => {
    const expected = readParityTensors(`${name}.train`);
    const wrt = gradientNames(expected);
    const state = readParityTensors(name);
    const found = runNet({
      net,
      state,
      image: asFeed(expected.input),
      cotangent: asFeed(expected.cotangent),
      training: true,
      wrt,
    });
    const running = prefixed(expected, "running.");
    const kept = Object.fromEntries(Object.entries(running).filter(([key]) => !key.endsWith("num_batches_tracked")));
    const judged = { output: expected.output, ...kept, ...prefixed(expected, "grad.") };
    compare(found, judged, { output: 1e-4, gradient: 5e-4 });
  });
}
