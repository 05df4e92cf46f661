/** Where along an axis the largest or smallest element lies; no gradient. */
import type { OpRule } from "../../contracts/op.ts";
import { type Attrs, int } from "../../graph/graph.ts";
import { normalizeAxis } from "./_axes.ts";
import { checkCount, checkType, intAttr, required } from "./_check.ts";
import { reduceData, reducedShape } from "./_reduce.ts";

function argOf(type: string, better: (x: number, best: number) => boolean): OpRule {
  const axisOf = (attrs: Attrs, rank: number): number => normalizeAxis(type, intAttr(attrs, "axis", 0), rank);
  const keeps = (attrs: Attrs): boolean => intAttr(attrs, "keepdims", 1) !== 0;
  const find = (group: Float64Array, last: boolean): number => {
    let best = 0;
    for (let i = 1; i < group.length; i++) {
      if (better(group[i], group[best]) || (last && group[i] === group[best])) best = i;
    }
    return best;
  };
  return {
    type,
    infer(inputs, attrs) {
      checkCount(type, inputs, 1, 1);
      const x = required(type, inputs, 0);
      checkType(type, x.type, "number");
      return [{ type: "int64", shape: reducedShape(x.shape, [axisOf(attrs, x.shape.length)], keeps(attrs)) }];
    },
    compute(inputs, attrs) {
      const x = required(type, inputs, 0);
      const last = intAttr(attrs, "select_last_index", 0) !== 0;
      const axes = [axisOf(attrs, x.dims.length)];
      return [reduceData(x, axes, keeps(attrs), (group) => find(group, last), "int64")];
    },
    vjp: null,
    samples: [{ shapes: [[2, 3]] }, { shapes: [[2, 3]], attrs: { axis: int(-1), keepdims: int(0) } }],
  };
}

export const argExtreme: readonly OpRule[] = [
  argOf("ArgMax", (x, best) => x > best),
  argOf("ArgMin", (x, best) => x < best),
];
