/** The equations of Einsum, read into one letter per axis. */
import type { Dim, Shape } from "../../graph/graph.ts";
import { misfit, show } from "./_check.ts";
import { mayEqual } from "./_dims.ts";

/** Operands and output, each a string with one letter per axis, and the length that each letter stands for. */
export interface Equation {
  readonly operands: readonly string[];
  readonly output: string;
  readonly lengths: ReadonlyMap<string, Dim>;
}

const ELLIPSIS = "...";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * Reads `text` for operands of these shapes. An ellipsis becomes letters that are not in use.
 * @throws GraphError on a malformed equation, a letter twice in one operand, or lengths that differ.
 */
export function parseEquation(text: string, shapes: readonly Shape[]): Equation {
  const [left, right, more] = text.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (more !== undefined || terms.length !== shapes.length) {
    misfit("Einsum", `equation "${text}" does not describe ${shapes.length} operands`);
  }
  const free = [...LETTERS].filter((letter) => !text.includes(letter));
  const hidden = terms.map((term, i) => (term.includes(ELLIPSIS) ? shapes[i].length - term.length + 3 : 0));
  const depth = Math.max(...hidden);
  const expand = (term: string, axes: number): string =>
    term.replace(ELLIPSIS, free.slice(depth - axes, depth).join(""));
  const operands = terms.map((term, i) => expand(term, hidden[i]));
  const output = right === undefined ? implicitOutput(operands, expand(ELLIPSIS, depth)) : expand(right, depth);
  const lengths = lengthsOf(text, operands, shapes);
  checkTerm(text, output, [...output].every((letter) => lengths.has(letter)));
  return { operands, output, lengths };
}

/** Without an arrow: the ellipsis, then what occurs once, in the order of the alphabet. */
function implicitOutput(operands: readonly string[], ellipsis: string): string {
  const all = operands.join("");
  const once = [...all].filter((letter) => !ellipsis.includes(letter) && all.split(letter).length === 2);
  return ellipsis + once.sort().join("");
}

function checkTerm(text: string, term: string, fits: boolean): void {
  const plain = [...term].every((letter) => LETTERS.includes(letter));
  if (!fits || !plain || new Set(term).size < term.length) {
    misfit("Einsum", `equation "${text}" has the term "${term}", one different known letter per axis is needed`);
  }
}

function lengthsOf(text: string, operands: readonly string[], shapes: readonly Shape[]): Map<string, Dim> {
  const lengths = new Map<string, Dim>();
  operands.forEach((term, i) => {
    checkTerm(text, term, term.length === shapes[i].length);
    [...term].forEach((letter, axis) => {
      const [before, now] = [lengths.get(letter), shapes[i][axis]];
      if (before !== undefined && !mayEqual(before, now)) {
        misfit(
          "Einsum",
          `"${letter}" of "${text}" is ${before}, in operand ${i} of shape ${show(shapes[i])} it is ${now}`,
        );
      }
      if (before === undefined || typeof before === "string") lengths.set(letter, now);
    });
  });
  return lengths;
}
