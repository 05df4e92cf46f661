import assert from "node:assert/strict";
import { FIRST_SCALE, isHopeless, type LossScale, nextScale } from "../../lib/stages/_loss_scale.ts";

function after(steps: number, finite: boolean, from: LossScale = FIRST_SCALE): LossScale {
  return Array.from({ length: steps }).reduce<LossScale>((scale) => nextScale(scale, finite), from);
}

Deno.test("the scale halves with every overflow and doubles after 2000 good steps", () => {
  assert.equal(after(3, false).scale, FIRST_SCALE.scale / 8);
  assert.deepEqual(after(1999, true), { scale: FIRST_SCALE.scale, good: 1999, skipped: 0 });
  assert.deepEqual(after(2000, true), { scale: FIRST_SCALE.scale * 2, good: 0, skipped: 0 });
});

Deno.test("an overflow ends a run of good steps, a good step a run of overflows", () => {
  assert.equal(after(1, false, after(1999, true)).good, 0);
  assert.equal(after(1, true, after(19, false)).skipped, 0);
});

Deno.test("twenty overflows in a row are hopeless", () => {
  assert.equal(isHopeless(after(19, false)), false);
  assert.equal(isHopeless(after(20, false)), true);
});
