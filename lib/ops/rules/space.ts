/** Moving blocks of pixels into channels and back. */
import type { OpRule, Sample } from "../../contracts/op.ts";
import { type Attrs, type Dim, int, type Shape, string } from "../../graph/graph.ts";
import { reshape, transpose } from "../emit.ts";
import { checkCount, intAttr, misfit, required, sharedType, show, stringAttr } from "./_check.ts";
import { known } from "./_dims.ts";
import { numbers, rowMajor, strided } from "./_numbers.ts";

/** How a node moves data: reshape to `parted`, exchange axes by `order`, reshape to `output`. */
interface Move {
  readonly parted: Shape;
  readonly order: readonly number[];
  readonly output: Shape;
}

function blockOf(op: string, attrs: Attrs, shape: Shape): number {
  if (shape.length !== 4) misfit(op, `input 0 is ${show(shape)}, [N, C, H, W] is needed`);
  const block = intAttr(attrs, "blocksize", 0);
  return block >= 1 ? block : misfit(op, `blocksize is ${block}, at least 1 is needed`);
}

function divided(op: string, length: number, by: number): number {
  return length % by === 0 ? length / by : misfit(op, `length ${length} is no multiple of ${by}`);
}

/** In mode DCR channel (i·b + j)·C + c goes to pixel (i, j) of a block, in mode CRD channel c·b² + i·b + j. */
function depthToSpace(attrs: Attrs, shape: Shape): Move {
  const op = "DepthToSpace";
  const block = blockOf(op, attrs, shape);
  const [channels, height, width] = known(op, shape.slice(1), "the shape of an image");
  const mode = stringAttr(attrs, "mode", "DCR");
  if (mode !== "DCR" && mode !== "CRD") misfit(op, `mode is "${mode}", DCR or CRD would be right`);
  const depth = divided(op, channels, block * block);
  const batch: Dim = shape[0];
  const output: Shape = [batch, depth, height * block, width * block];
  return mode === "DCR"
    ? { parted: [batch, block, block, depth, height, width], order: [0, 3, 4, 1, 5, 2], output }
    : { parted: [batch, depth, block, block, height, width], order: [0, 1, 4, 2, 5, 3], output };
}

function spaceToDepth(attrs: Attrs, shape: Shape): Move {
  const op = "SpaceToDepth";
  const block = blockOf(op, attrs, shape);
  const [channels, height, width] = known(op, shape.slice(1), "the shape of an image");
  const [rows, columns] = [divided(op, height, block), divided(op, width, block)];
  return {
    parted: [shape[0], channels, rows, block, columns, block],
    order: [0, 3, 5, 1, 2, 4],
    output: [shape[0], channels * block * block, rows, columns],
  };
}

function mover(type: string, moveOf: (attrs: Attrs, shape: Shape) => Move, samples: readonly Sample[]): OpRule {
  return {
    type,
    infer(inputs, attrs) {
      checkCount(type, inputs, 1, 1);
      const { shape } = required(type, inputs, 0);
      return [{ type: sharedType(type, inputs, "any"), shape: moveOf(attrs, shape).output }];
    },
    compute([input], attrs) {
      const x = required(type, [input], 0);
      const { parted, order, output } = moveOf(attrs, x.dims) as { [K in keyof Move]: readonly number[] };
      const strides = rowMajor(parted);
      const data = strided(x.data, order.map((axis) => parted[axis]), order.map((axis) => strides[axis]));
      return [numbers(x.type, output, data)];
    },
    vjp(tape, [dy]) {
      const x = required(type, tape.inputs, 0);
      if (!dy) return [null];
      const { parted, order } = moveOf(tape.attrs, x.shape);
      const moved = reshape(dy, order.map((axis) => parted[axis]));
      return [reshape(transpose(moved, parted.map((_, axis) => order.indexOf(axis))), x.shape)];
    },
    samples,
  };
}

export const space: readonly OpRule[] = [
  mover("DepthToSpace", depthToSpace, [
    { shapes: [[2, 8, 2, 3]], attrs: { blocksize: int(2) } },
    { shapes: [[1, 8, 2, 3]], attrs: { blocksize: int(2), mode: string("CRD") } },
    { shapes: [[1, 9, 1, 2]], attrs: { blocksize: int(3), mode: string("DCR") } },
  ]),
  mover("SpaceToDepth", spaceToDepth, [
    { shapes: [[2, 2, 4, 6]], attrs: { blocksize: int(2) } },
    { shapes: [[1, 3, 3, 6]], attrs: { blocksize: int(3) } },
  ]),
];
