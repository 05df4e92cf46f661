/** Arithmetic of lengths of which some are known by name only: `2*N` is a name as good as `N`. */
import type { Dim, Shape } from "../../graph/graph.ts";

/** A product: a number times named lengths. */
interface Product {
  readonly factor: number;
  readonly symbols: readonly string[];
}

function productOf(shape: Shape): Product {
  let factor = 1;
  const symbols: string[] = [];
  for (const dim of shape.flatMap(factorsOf)) {
    if (typeof dim === "number") factor *= dim;
    else symbols.push(dim);
  }
  return { factor, symbols: symbols.sort() };
}

/** The factors of `2*N`; a name with another operation in it is one factor. */
function factorsOf(dim: Dim): readonly Dim[] {
  if (typeof dim === "number" || dim.includes("(")) return [dim];
  return dim.split("*").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function nameOf({ factor, symbols }: Product): Dim {
  if (symbols.length === 0 || factor === 0) return factor;
  return [...(factor === 1 ? [] : [factor]), ...symbols].join("*");
}

/** Number of elements of a shape. */
export function productDim(shape: Shape): Dim {
  return nameOf(productOf(shape));
}

/** What `whole` elements divided by `part` elements leave, or undefined where that is not a whole number for sure. */
export function quotientDim(whole: Shape, part: Shape): Dim | undefined {
  const [top, bottom] = [productOf(whole), productOf(part)];
  const symbols = [...top.symbols];
  for (const symbol of bottom.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  const factor = top.factor / bottom.factor;
  return Number.isInteger(factor) ? nameOf({ factor, symbols }) : undefined;
}

/** The length of things laid end to end. */
export function sumDim(dims: readonly Dim[]): Dim {
  const known = dims.filter((dim) => typeof dim === "number").reduce((a, b) => a + b, 0);
  const symbols = dims.filter((dim) => typeof dim === "string").sort();
  if (symbols.length === 0) return known;
  const terms = known === 0 ? symbols : [...symbols, known];
  return terms.length === 1 ? terms[0] : `(${terms.join("+")})`;
}
