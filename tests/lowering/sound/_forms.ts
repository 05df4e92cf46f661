/** Nodes in forms that webgpu gets wrong, beside forms that are near to them and right. */
import { tensor } from "../../../lib/base/tensor.ts";
import type { Value } from "../../../lib/contracts/op.ts";
import { type Attrs, type Graph, int, ints, string } from "../../../lib/graph/graph.ts";
import { createBuilder, type GraphBuilder } from "../../../lib/ops/builder.ts";
import { averagePool, cast, clip, conv, floor, identity, maxPool, mul, pad } from "../../../lib/ops/emit.ts";
import { convGraph } from "../_graphs.ts";

/** What an input may be: a shape of float32, an int64 vector that is known beforehand, or nothing. */
type Operand = readonly number[] | { readonly known: readonly number[] } | null;

export interface Form {
  readonly name: string;
  readonly graph: Graph;
  /** It computes in float16, which not every adapter does. */
  readonly half?: boolean;
}

function graphOf(build: (builder: GraphBuilder) => Value | readonly Value[]): Graph {
  const builder = createBuilder();
  [build(builder)].flat().forEach((value, i) => builder.output(`y${i}`, value));
  return builder.finish({ name: "form" });
}

function node(op: string, operands: readonly Operand[], attrs: Attrs = {}, outputs = 1): Graph {
  return graphOf((builder) => {
    const inputs = operands.map((operand, i) => {
      if (operand === null) return null;
      if (!("known" in operand)) return builder.input(`x${i}`, "float32", operand);
      return builder.constant(tensor("int64", [operand.known.length], operand.known));
    });
    return builder.emit(op, inputs, attrs, { outputs });
  });
}

const form = (name: string, op: string, operands: readonly Operand[], attrs?: Attrs, outputs?: number): Form => ({
  name,
  graph: node(op, operands, attrs, outputs),
});

const known = (...values: number[]): Operand => ({ known: values });
const same = { pads: ints([1, 1, 1, 1]) };
const atEnds = { pads: ints([0, 0, 1, 1]) };
const groups = (group: number, attrs: Attrs = same): Attrs => ({ ...attrs, group: int(group) });

/** A Conv whose filters and bias are weights of the graph. */
function trained(channels: number, outputs: number, group = 1): Graph {
  return graphOf((builder) => {
    const image = builder.input("image", "float32", [2, channels, 5, 5]);
    const dims = [outputs, channels / group, 3, 3];
    const values = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
    const weight = builder.constant({ type: "float32", dims, data: values }, "weight");
    const bias = builder.constant({ type: "float32", dims: [outputs], data: values.slice(0, outputs) }, "bias");
    return conv(image, weight, bias, { padding: 1, groups: group });
  });
}

/** An image with zeros around it, read by one node. */
const padded = (pads: readonly number[], read: (image: Value, builder: GraphBuilder) => Value): Graph =>
  graphOf((builder) =>
    read(pad(builder.input("x", "float32", [2, 4, 5, 5]), [0, 0, ...pads.slice(0, 2), 0, 0, ...pads.slice(2)]), builder)
  );

const filters = (builder: GraphBuilder, dims: readonly number[]): Value => builder.input("w", "float32", dims);

const convolutions: readonly Form[] = [
  ...[6, 9, 15, 18].map((c) => form(`Conv of ${c} channels`, "Conv", [[2, c, 5, 6], [4, c, 3, 3], [4]], same)),
  form("Conv 1x1 of stride 2", "Conv", [[2, 6, 5, 5], [8, 6, 1, 1]], { strides: ints([2, 2]) }),
  form("Conv 1x1 with padding", "Conv", [[2, 6, 5, 5], [8, 6, 1, 1]], same),
  form("Conv along one axis", "Conv", [[2, 6, 9], [4, 6, 3]], { pads: ints([1, 1]) }),
  form("Conv 1x1 padded at the ends", "Conv", [[2, 5, 4, 4], [3, 5, 1, 1]], atEnds),
  form("Conv 1x1 of 6 channels padded at the ends", "Conv", [[2, 6, 4, 4], [4, 6, 1, 1]], atEnds),
  form("Conv along one axis padded at the end", "Conv", [[2, 4, 5], [3, 4, 1]], { pads: ints([0, 2]) }),
  form("Conv over the whole image padded at the ends", "Conv", [[2, 4, 3, 3], [3, 4, 3, 3]], atEnds),
  form("dilated Conv over the whole image", "Conv", [[2, 4, 3, 3], [3, 4, 3, 3]], {
    pads: ints([0, 0, 2, 3]),
    dilations: ints([2, 2]),
  }),
  form("Conv over the whole image, same size", "Conv", [[2, 4, 2, 2], [3, 4, 2, 2]], {
    auto_pad: string("SAME_UPPER"),
  }),
  ...[5, 6, 7, 9, 10].map((each) =>
    form(`Conv of ${each} outputs in 2 groups`, "Conv", [[2, 4, 5, 5], [2 * each, 2, 3, 3], [2 * each]], groups(2))
  ),
  form("Conv of 6 outputs in 4 groups", "Conv", [[1, 4, 5, 5], [24, 1, 3, 3]], groups(4)),
  form("Conv of groups along one axis", "Conv", [[2, 4, 9], [10, 2, 3]], { group: int(2) }),
  form("Conv of groups in a volume", "Conv", [[2, 4, 3, 3, 4], [6, 2, 2, 2, 2], [6]], { group: int(2) }),
  ...[2, 4, 6].map((each) =>
    form(`ConvTranspose of ${each} channels to 1`, "ConvTranspose", [[2, 3 * each, 4, 3], [3 * each, 1, 3, 3], [3]], {
      group: int(3),
      strides: ints([2, 2]),
      output_padding: ints([1, 0]),
    })
  ),
  form("ConvTranspose to a given shape", "ConvTranspose", [[2, 4, 3, 3], [4, 1, 4, 4]], {
    group: int(2),
    strides: ints([2, 2]),
    output_shape: ints([6, 7]),
  }),
  { name: "Conv of 6 channels with weights", graph: trained(6, 8) },
  { name: "Conv of groups with weights", graph: trained(4, 12, 2) },
  { name: "gradients of a Conv of 6 images", graph: convGraph([6, 4, 5, 5], [8, 4, 3, 3], { padding: 1 }) },
  { name: "gradients of a Conv of 9 images", graph: convGraph([9, 3, 6, 6], [4, 3, 3, 3], { padding: 1, stride: 2 }) },
];

/** One node on a float16 image of whole eighths, its result as float32. */
const halved = (name: string, read: (image: Value) => Value): Form => {
  const graph = graphOf((builder) => {
    const eighths = mul(floor(mul(builder.input("x", "float32", [2, 4, 5, 5]), 8)), 0.125);
    return cast(read(cast(eighths, "float16")), "float32");
  });
  return { name, graph, half: true };
};

const others: readonly Form[] = [
  halved("Pad of float16", (image) => pad(image, [0, 0, 1, 0, 0, 0, 0, 2], 0.75)),
  halved("Clip of float16", (image) => clip(image, -0.25, 0.5)),
  halved("Clip of float16 from below", (image) => clip(image, 0.125, null)),
  form("Slice backwards from the middle", "Slice", [[7, 4], known(4), known(-100), known(0), known(-1)]),
  form("Slice backwards to an end", "Slice", [[7, 4], known(-3), known(-6), known(0), known(-1)]),
  form("Slice backwards from before the first", "Slice", [[7, 4], known(-9), known(-100), known(0), known(-1)]),
  form("Slice backwards by steps", "Slice", [
    [9, 7, 4],
    known(6, 1, 5),
    known(0, 6, -9),
    known(0, 2, 1),
    known(-2, 1, -3),
  ]),
  form("Einsum of a batch", "Einsum", [[2, 3, 4], [4, 5]], { equation: string("...i,ij->...j") }),
  form("Einsum without an arrow", "Einsum", [[2, 3, 4], [5, 4]], { equation: string("... i, j i") }),
  form("LayerNormalization with a narrow bias", "LayerNormalization", [[2, 3, 4], [3, 4], [4]], { axis: int(1) }),
  form("LayerNormalization with a narrow scale", "LayerNormalization", [[2, 3, 4], [3, 1], null], { axis: int(-2) }, 2),
  form("BatchNormalization of a batch", "BatchNormalization", [[3, 2, 4, 3], [2], [2], [2], [2]], {
    training_mode: int(1),
  }, 3),
  form("BatchNormalization of rows", "BatchNormalization", [[5, 3], [3], [3], [3], [3]], { training_mode: int(1) }),
  form("Dropout", "Dropout", [[3, 4]], {}, 2),
  ...["ReduceL1", "ReduceL2", "ReduceSumSquare"].map((op) =>
    form(`${op} over nothing`, op, [[3, 4], known()], { noop_with_empty_axes: int(1) })
  ),
  {
    name: "ReduceLogSum over nothing",
    graph: graphOf((builder) => {
      const x = builder.input("x", "float32", [3, 4]);
      return builder.emit("ReduceLogSum", [mul(x, x)], { noop_with_empty_axes: int(1) });
    }),
  },
  {
    name: "OneHot of int32",
    graph: graphOf((builder) => {
      const [depth, values] = [tensor("int64", [], [4]), tensor("float32", [2], [0, 1])].map((data) =>
        builder.constant(data)
      );
      return builder.emit("OneHot", [builder.input("x", "int32", [5]), depth, values]);
    }),
  },
  { name: "MaxPool of zeros around", graph: padded([1, 1, 1, 1], (x) => maxPool(x, { kernel: 2 })) },
  {
    name: "Conv 1x1 of zeros at the ends",
    graph: padded([0, 0, 1, 1], (x, b) => conv(x, filters(b, [3, 4, 1, 1]), null)),
  },
  {
    name: "Conv with zeros around its filters",
    graph: padded([0, 0, 0, 0], (x, b) => conv(x, pad(filters(b, [3, 4, 3, 3]), [0, 0, 1, 0, 0, 0, 0, 0]), null)),
  },
];

/** Wrong on webgpu before they are rewritten. */
export const WRONG: readonly Form[] = [...convolutions, ...others];

/** Right as they are, so that they stay. */
export const RIGHT: readonly Form[] = [
  form("Conv of 3 channels", "Conv", [[2, 3, 5, 5], [8, 3, 3, 3]], same),
  form("Conv of 12 channels", "Conv", [[2, 12, 5, 5], [8, 12, 3, 3]], same),
  form("Conv of 6 channels to 6", "Conv", [[2, 6, 5, 5], [6, 6, 3, 3]], same),
  form("Conv 1x1 of 6 channels", "Conv", [[2, 6, 5, 5], [4, 6, 1, 1]]),
  form("Conv over the whole image of 6 channels", "Conv", [[2, 6, 3, 3], [4, 6, 3, 3]]),
  form("Conv of a volume of 6 channels", "Conv", [[2, 6, 3, 3, 3], [4, 6, 2, 2, 2]]),
  form("Conv padded at the ends", "Conv", [[2, 4, 5, 5], [4, 4, 3, 3]], atEnds),
  ...[3, 4, 8].map((each) =>
    form(`Conv of ${each} outputs in 2 groups`, "Conv", [[2, 4, 5, 5], [2 * each, 2, 3, 3]], groups(2))
  ),
  form("Conv of 6 outputs in 3 groups", "Conv", [[2, 3, 5, 5], [18, 1, 3, 3]], groups(3)),
  form("ConvTranspose of 3 channels to 1", "ConvTranspose", [[2, 6, 4, 4], [6, 1, 3, 3]], { group: int(2) }),
  form("ConvTranspose of 4 channels to 2", "ConvTranspose", [[2, 8, 4, 4], [8, 2, 3, 3]], { group: int(2) }),
  form("ConvTranspose to 1 without groups", "ConvTranspose", [[2, 4, 4, 4], [4, 1, 3, 3]]),
  form("Slice backwards from the last", "Slice", [[7, 4], known(-1), known(1), known(0), known(-2)]),
  form("Slice backwards from the last by its place", "Slice", [[7, 4], known(6), known(-100), known(0), known(-1)]),
  form("Einsum with letters", "Einsum", [[2, 3, 4], [4, 5]], { equation: string("bij,jk->bik") }),
  form("LayerNormalization", "LayerNormalization", [[2, 3, 4], [4], [4]]),
  form("ReduceL1 over an axis", "ReduceL1", [[3, 4], known(1)], { noop_with_empty_axes: int(1) }),
  { name: "Conv of zeros around", graph: padded([1, 1, 1, 1], (x, b) => conv(x, filters(b, [3, 4, 3, 3]), null)) },
  {
    name: "MaxPool of ones around",
    graph: graphOf((b) =>
      maxPool(pad(b.input("x", "float32", [1, 2, 4, 4]), [0, 0, 1, 1, 0, 0, 1, 1], 1), { kernel: 2 })
    ),
  },
  { name: "AveragePool of zeros around", graph: padded([1, 1, 1, 1], (x) => averagePool(x, { kernel: 2 })) },
  {
    name: "MaxPool beside another reader",
    graph: graphOf((b) => {
      const zeros = pad(b.input("x", "float32", [1, 2, 4, 4]), [0, 0, 1, 1, 0, 0, 1, 1]);
      return [maxPool(zeros, { kernel: 2 }), identity(zeros)];
    }),
  },
];
