/** Small graphs with gradients, for the rewrites to be judged on. */
import { gradients } from "../../lib/autodiff/gradients.ts";
import type { Builder, Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import {
  add,
  batchNormalization,
  conv,
  div,
  maxPool,
  mul,
  prelu,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  sqrt,
  sub,
  type Window2d,
} from "../../lib/ops/emit.ts";

/** The graph of `y` and of the gradients of Σ y² in all inputs. */
export function withGradients(build: (builder: Builder) => { y: Value; wrt: readonly Value[] }): Graph {
  const builder = createBuilder();
  const { y, wrt } = build(builder);
  builder.output("y", y);
  const found = gradients(reduceSum(mul(y, y), null), wrt);
  wrt.forEach((value, i) => builder.output(`gradient/${value.name}`, found[i]));
  return builder.finish();
}

/** A convolution of [N,C,H,W]. */
export function convGraph(image: readonly number[], weight: readonly number[], window: Window2d): Graph {
  return withGradients((builder) => {
    const x = builder.input("x", "float32", image);
    const w = builder.input("w", "float32", weight);
    return { y: conv(x, w, null, window), wrt: [x, w] };
  });
}

/** A maximum over windows. */
export function poolGraph(image: readonly number[], window: Window2d): Graph {
  return withGradients((builder) => {
    const x = builder.input("x", "float32", image);
    return { y: maxPool(x, window), wrt: [x] };
  });
}

/** Normalisation of every channel by the statistics of the batch, written as `lib/nn` writes it. */
export function normalize(x: Value, weight: Value, bias: Value): Value {
  const perChannel = (value: Value): Value => reshape(value, [1, Number(x.shape[1]), 1, 1]);
  const centred = sub(x, reduceMean(x, [0, 2, 3], true));
  const variance = reduceMean(mul(centred, centred), [0, 2, 3], true);
  const scale = div(perChannel(weight), sqrt(add(variance, 1e-5)));
  return add(mul(centred, scale), perChannel(bias));
}

/** A residual block with a projection: what a train step of a ResNet is made of. */
export function blockGraph(channels: number, outputs: number, stride: number, size = 6): Graph {
  return withGradients((builder) => {
    const x = builder.input("x", "float32", [2, channels, size, size]);
    const weights = [
      builder.input("w1", "float32", [outputs, channels, 3, 3]),
      builder.input("w2", "float32", [outputs, outputs, 3, 3]),
      builder.input("w3", "float32", [outputs, channels, 1, 1]),
    ];
    const norms = ["a", "b", "c"].flatMap((name) => [
      builder.input(`${name}.weight`, "float32", [outputs]),
      builder.input(`${name}.bias`, "float32", [outputs]),
    ]);
    const first = relu(normalize(conv(x, weights[0], null, { stride, padding: 1 }), norms[0], norms[1]));
    const second = normalize(conv(first, weights[1], null, { padding: 1 }), norms[2], norms[3]);
    const shortcut = normalize(conv(x, weights[2], null, { stride }), norms[4], norms[5]);
    return { y: relu(add(second, shortcut)), wrt: [x, ...weights, ...norms] };
  });
}

/** Layers as face networks have them: convolution, normalisation by given statistics, PRelu; depthwise, and back with a sum. */
export function frozenGraph(channels: number, outputs: number, stride: number, size = 6): Graph {
  return withGradients((builder) => {
    const x = builder.input("x", "float32", [2, channels, size, size]);
    const shapes = [[outputs, channels, 1, 1], [outputs, 1, 3, 3], [channels, outputs, 1, 1]];
    const weights = shapes.map((shape, i) => builder.input(`w${i}`, "float32", shape));
    const bias = builder.input("bias", "float32", [outputs]);
    const trained: Value[] = [...weights, bias];
    const layer = (x: Value, i: number, bias: Value | null, window: Window2d): Value => {
      const vectors = ["scale", "shift", "mean"].map((name) => builder.input(`${name}${i}`, "float32", [shapes[i][0]]));
      const deviation = builder.input(`deviation${i}`, "float32", [shapes[i][0]]);
      trained.push(vectors[0], vectors[1]);
      const variance = mul(deviation, deviation);
      return batchNormalization(conv(x, weights[i], bias, window), vectors[0], vectors[1], vectors[2], variance, 0.5);
    };
    const bent = (x: Value, i: number): Value => {
      const slope = builder.input(`slope${i}`, "float32", [outputs, 1, 1]);
      trained.push(slope);
      return prelu(x, slope);
    };
    const wide = bent(layer(x, 0, bias, {}), 0);
    const deep = bent(layer(wide, 1, null, { stride, padding: 1, groups: outputs }), 1);
    const narrow = layer(deep, 2, null, {});
    return { y: stride === 1 ? add(narrow, x) : narrow, wrt: [x, ...trained] };
  });
}

/** y = a 3×3 convolution of small images, with a bias. */
export function biasedConvGraph(): Graph {
  const builder = createBuilder();
  const [x, w, bias] = [[2, 3, 5, 5], [4, 3, 3, 3], [4]].map((shape, i) =>
    builder.input(`input${i}`, "float32", shape)
  );
  builder.output("y", conv(x, w, bias, { padding: 1 }));
  return builder.finish();
}
