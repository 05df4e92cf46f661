/**
 * Einsum with "...". ONNX Runtime 1.30 makes a shader for some of them that does not compile (`...i,ij->...j`). Letters that are
 * not in use take the place of the dots.
 */
import { string } from "../../graph/graph.ts";
import { stringOf } from "../attributes.ts";
import type { Patch, Repair } from "./_patch.ts";

const DOTS = "...";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

export const einsumEllipsis: Repair = (patch) => {
  const equation = stringOf(patch.node.attrs, "equation", "").replaceAll(" ", "");
  if (!equation.includes(DOTS)) return false;
  const [left, right] = equation.split("->");
  const terms = left.split(",");
  const hidden = terms.map((term, i) => (term.includes(DOTS) ? rankOf(patch, i) - term.length + DOTS.length : 0));
  const depth = Math.max(...hidden);
  const free = [...LETTERS].filter((letter) => !equation.includes(letter)).slice(0, depth).join("");
  const spelled = terms.map((term, i) => term.replace(DOTS, free.slice(depth - hidden[i])));
  const output = right === undefined ? free + lettersOnce(left) : right.replace(DOTS, free);
  return patch.become(patch.node.inputs, { equation: string(`${spelled.join(",")}->${output}`) });
};

function rankOf(patch: Patch, i: number): number {
  const shape = patch.known.shape(patch.node.inputs[i]);
  return shape?.length ?? patch.refuse(`the rank of operand ${i} is not known`, "write its equation without dots");
}

/** Letters that occur a single time, in the order of the alphabet: the output of an equation without an arrow. */
function lettersOnce(left: string): string {
  return [...left].filter((letter) => LETTERS.includes(letter) && left.split(letter).length === 2).sort().join("");
}
