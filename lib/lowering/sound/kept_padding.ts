/**
 * Pad of zeros before a MaxPool, before the filters of a Conv, or at the ends of its image alone. On every provider the optimizer
 * of ONNX Runtime 1.30 (`pad_fusion.cc`) merges a Pad of zeros into what reads it: into MaxPool, whose own padding is lower than
 * every number; into Conv also where its filters are padded, after which no session opens; and ends alone make the form that
 * `conv_end_padding.ts` tells of. It leaves padding that is not zero to the bit, as minus zero.
 */
import { toNumbers } from "../../base/tensor.ts";
import { float, type Node } from "../../graph/graph.ts";
import { intsOf, stringOf } from "../attributes.ts";
import type { Known } from "./_known.ts";
import type { Patch, Repair } from "./_patch.ts";

/** Before operator set 11 minus zero is merged too: the least float32 that no device takes for zero. */
const LEAST = 2 ** -126;

export const keptPadding: Repair = (patch) => {
  const { node: { attrs, inputs: [x, pads, value, axes] }, opset } = patch;
  if (stringOf(attrs, "mode", "constant") !== "constant" || axes || !isZero(patch, value) || !isMisread(patch)) {
    return false;
  }
  if (opset < 11) return patch.become([x], { ...attrs, value: float(LEAST) });
  return patch.become([x, pads, patch.number(-0, value || x)], attrs);
};

function isZero({ node, known }: Patch, value: string | undefined): boolean {
  const attr = node.attrs.value;
  const given = value ? known.settled(value) : undefined;
  if (value && given === undefined) return false;
  return Object.is(given ? toNumbers(given)[0] : attr?.kind === "float" ? attr.value : 0, 0);
}

/** Whether the one reader, perhaps behind a Cast, is one that the padding must not be merged into. */
function isMisread(patch: Patch): boolean {
  const pads = padsOf(patch);
  const rank = pads.length / 2;
  const isSpatial = [0, 1, rank, rank + 1].every((i) => pads[i] === 0) && pads.every((pad) => pad >= 0);
  const [name, reader] = readerOf(patch.known, patch.node.outputs[0]);
  if (!isSpatial || reader === undefined) return false;
  const isAtEndsAlone = pads.slice(0, rank).every((pad) => pad === 0);
  return reader.op === "MaxPool" || (reader.op === "Conv" && (reader.inputs[0] !== name || isAtEndsAlone));
}

/** None where they are known only at run time: then nothing is merged. The runtime works out those that follow from constants. */
function padsOf({ node, known }: Patch): readonly number[] {
  const data = node.inputs[1] ? known.settled(node.inputs[1]) : undefined;
  return data ? [...toNumbers(data)] : intsOf(node.attrs, "pads", []);
}

function readerOf(known: Known, name: string): readonly [string, Node | undefined] {
  const readers = known.readers(name);
  if (readers.length !== 1) return [name, undefined];
  const [reader] = readers;
  return reader.op === "Cast" ? readerOf(known, reader.outputs[0]) : [name, reader];
}
