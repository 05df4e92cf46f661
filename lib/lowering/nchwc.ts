/**
 * The operators of ONNX Runtime's domain `com.microsoft.nchwc`: convolution and pooling on images in blocked order (see
 * block_order.ts). They exist in the native CPU provider alone, which uses them by itself where weights are constant, that
 * is for inference; a train step must name them. These rules let a lowered graph be checked and judged in float64.
 */
import { sizeOf } from "../base/tensor.ts";
import type { Numbers, OpRule } from "../contracts/op.ts";
import { type Attrs, staticShape, type TensorType } from "../graph/graph.ts";
import { Registry } from "../ops/registry.ts";
import { rules as standardRules } from "../ops/rules/mod.ts";
import { intOf, stringOf } from "./attributes.ts";
import { blockedOrder, permute, unpermute } from "./block_order.ts";

export const NCHWC = "com.microsoft.nchwc";

/** The rules for vectors of `block` channels. */
export function nchwcRules(block: number): readonly OpRule[] {
  const order = new BlockOrder(block);
  return [
    convRule(order),
    poolRule("MaxPool", order),
    poolRule("AveragePool", order),
    poolRule("GlobalAveragePool", order),
    reorderInput(order),
    reorderOutput(order),
  ];
}

class BlockOrder {
  constructor(readonly block: number) {}

  blocked(x: Numbers): Numbers {
    return { ...x, data: permute(x.data, this.#order(x.dims)) };
  }

  plain(x: Numbers): Numbers {
    return { ...x, data: unpermute(x.data, this.#order(x.dims)) };
  }

  /** A filter [K, C, kH, kW] from [K/b, C/b, kH, kW, b of C, b of K]; C below b is not blocked. */
  filter(w: Numbers): Numbers {
    const [outputs, inputs, ...kernel] = w.dims;
    const taps = sizeOf(kernel);
    const inner = inputs < this.block ? 1 : this.block;
    const data = new Float64Array(w.data.length);
    let at = 0;
    for (let k = 0; k < outputs; k += this.block) {
      for (let c = 0; c < inputs; c += inner) {
        for (let t = 0; t < taps; t++) {
          for (let i = 0; i < inner; i++) {
            for (let o = 0; o < this.block; o++) data[((k + o) * inputs + c + i) * taps + t] = w.data[at++];
          }
        }
      }
    }
    return { ...w, data };
  }

  #order(dims: readonly number[]): Int32Array {
    return blockedOrder(dims[0], dims[1], sizeOf(dims.slice(2)), this.block);
  }
}

const standard = new Registry(standardRules);

function convRule(order: BlockOrder): OpRule {
  const conv = standard.get("Conv", "", "Conv");
  return {
    type: "Conv",
    domain: NCHWC,
    infer: ([x, w, bias], attrs, constants, outputs) => conv.infer([x, w, bias ?? null], attrs, constants, outputs),
    compute([x, w, bias, sum], attrs) {
      const image = x!.dims[1] < order.block ? x! : order.plain(x!);
      const [y] = conv.compute([image, order.filter(w!), bias ?? null], attrs, 1);
      const made = order.blocked(y);
      const total = sum ? made.data.map((value, i) => value + sum.data[i]) : made.data;
      const relu = stringOf(attrs, "activation", "") === "Relu";
      return [{ ...made, data: relu ? total.map((value) => Math.max(value, 0)) : total }];
    },
    vjp: null,
    samples: [],
  };
}

function poolRule(type: string, order: BlockOrder): OpRule {
  const pool = standard.get(type, "", type);
  return {
    type,
    domain: NCHWC,
    infer: pool.infer,
    compute: ([x], attrs) => [order.blocked(pool.compute([order.plain(x!)], attrs, 1)[0])],
    vjp: null,
    samples: [],
  };
}

/** [N, C, …] to blocked order; with `channels_last` from [N, …, C]. */
function reorderInput(order: BlockOrder): OpRule {
  return {
    type: "ReorderInput",
    domain: NCHWC,
    infer: ([x], attrs) => [{ type: x!.type, shape: channelsFirst(x!, attrs) }],
    compute: ([x], attrs) => {
      const dims = channelsFirst({ type: x!.type, shape: x!.dims }, attrs);
      const data = isLast(attrs) ? moveAxis(x!.data, sizeOf(dims.slice(2)), dims[1]) : x!.data;
      return [order.blocked({ type: x!.type, dims, data })];
    },
    vjp: null,
    samples: [],
  };
}

/** The inverse of ReorderInput. */
function reorderOutput(order: BlockOrder): OpRule {
  return {
    type: "ReorderOutput",
    domain: NCHWC,
    infer: ([x], attrs) => [{ type: x!.type, shape: channelsLast(staticShape(x!.shape, "a blocked value"), attrs) }],
    compute: ([x], attrs) => {
      const plain = order.plain(x!);
      const pixels = sizeOf(x!.dims.slice(2));
      const data = isLast(attrs) ? moveAxis(plain.data, x!.dims[1], pixels) : plain.data;
      return [{ type: x!.type, dims: channelsLast(x!.dims, attrs), data }];
    },
    vjp: null,
    samples: [],
  };
}

const isLast = (attrs: Attrs): boolean => intOf(attrs, "channels_last", 0) !== 0;

function channelsFirst(x: TensorType, attrs: Attrs): readonly number[] {
  const shape = staticShape(x.shape, "the input of ReorderInput");
  return isLast(attrs) ? [shape[0], shape[shape.length - 1], ...shape.slice(1, -1)] : shape;
}

function channelsLast(shape: readonly number[], attrs: Attrs): readonly number[] {
  return isLast(attrs) ? [shape[0], ...shape.slice(2), shape[1]] : shape;
}

/** [N, rows, columns] to [N, columns, rows]. */
function moveAxis(data: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += rows * columns) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) out[start + c * rows + r] = data[start + r * columns + c];
    }
  }
  return out;
}
