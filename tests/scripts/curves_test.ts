import assert from "node:assert/strict";
import { curves, pointsOf } from "../../scripts/curves.ts";

const HISTORY = "epoch,train_loss,validation_mae\r\n1,3.5,7.25\r\n2,3.1,6.5\r\n";

Deno.test("curves: points come from the columns of history.csv, wherever they stand", () => {
  const wanted = [{ run: "coral", epoch: 1, mae: 7.25 }, { run: "coral", epoch: 2, mae: 6.5 }];
  assert.deepEqual(pointsOf("coral", HISTORY), wanted);
  const other = "validation_mae,epoch\r\n7.25,1\r\n6.5,2\r\n";
  assert.deepEqual(pointsOf("coral", other), wanted);
});

Deno.test("curves: the drawing names every run and has a point for each epoch", async () => {
  const points = [...pointsOf("first", HISTORY), ...pointsOf("second", HISTORY)];
  const svg = await curves(points);
  assert.match(svg, /^<svg/);
  for (const name of ["first", "second"]) assert.ok(svg.includes(`>${name}<`), name);
  const marks = svg.match(/aria-roledescription="point"/g) ?? [];
  assert.equal(marks.length, points.length);
});
