/** What every execution provider must do. */
import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { type Tensor, tensor } from "../../../lib/base/tensor.ts";
import type { Provider } from "../../../lib/contracts/provider.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { createBuilder } from "../../../lib/ops/builder.ts";
import { add, mul, reduceSum, relu } from "../../../lib/ops/emit.ts";
import { testOnEach } from "./_available.ts";

/** `total` + x as `next`, its sum as `sum`, and relu(x) as `positive`. */
function counter(): Uint8Array {
  const builder = createBuilder();
  const total = builder.input("total", "float32", [4]);
  const x = builder.input("x", "float32", [4]);
  const next = add(total, x);
  builder.output("next", next);
  builder.output("sum", reduceSum(next, null));
  builder.output("positive", relu(x));
  return encodeModel(builder.finish({ name: "counter" }));
}

const carry = { next: "total" };
const vector = (...values: number[]): Tensor => tensor("float32", [values.length], values);
const numbers = (value: Tensor): number[] => Array.from(value.data, Number);

await testOnEach("A session gives the outputs that are asked for", async (provider) => {
  await using session = await provider.open(counter());
  assert.deepEqual(session.inputs, ["total", "x"]);
  assert.deepEqual(session.outputs, ["next", "sum", "positive"]);
  const feeds = { total: vector(1, 2, 3, 4), x: vector(-1, 1, -2, 2) };
  const all = await session.run(feeds);
  assert.deepEqual(Object.keys(all), ["next", "sum", "positive"]);
  assert.deepEqual(numbers(all.next), [0, 3, 1, 6]);
  assert.deepEqual(numbers(all.sum), [10]);
  assert.deepEqual(all.sum.dims, []);
  assert.equal(all.positive.type, "float32");
  const some = await session.run(feeds, ["positive"]);
  assert.deepEqual(Object.keys(some), ["positive"]);
  assert.deepEqual(numbers(some.positive), [0, 1, 0, 2]);
});

await testOnEach("Carried values go from run to run", async (provider) => {
  await using session = await provider.open(counter(), { carry });
  const first = await session.run({ total: vector(1, 2, 3, 4), x: vector(1, 1, 1, 1) });
  assert.deepEqual(Object.keys(first), ["sum", "positive"]);
  await session.run({ x: vector(0, 0, 0, 10) });
  const third = await session.run({ x: vector(1, 0, 0, 0) }, ["next", "sum"]);
  assert.deepEqual(numbers(third.next), [3, 3, 4, 15]);
  assert.deepEqual(numbers(third.sum), [25]);
  assert.deepEqual(numbers((await session.carried()).total), [3, 3, 4, 15]);
});

await testOnEach("A carried value that is fed again starts anew", async (provider) => {
  await using session = await provider.open(counter(), { carry });
  await session.run({ total: vector(9, 9, 9, 9), x: vector(1, 1, 1, 1) });
  const { sum } = await session.run({ total: vector(0, 0, 0, 0), x: vector(1, 2, 3, 4) });
  assert.deepEqual(numbers(sum), [10]);
});

await testOnEach("What a session gave stays as it was", async (provider) => {
  await using session = await provider.open(counter(), { carry });
  const start = vector(1, 1, 1, 1);
  const { next } = await session.run({ total: start, x: vector(1, 1, 1, 1) }, ["next"]);
  const kept = (await session.carried(["total"])).total;
  for (let i = 0; i < 3; i++) await session.run({ x: vector(5, 5, 5, 5) });
  assert.deepEqual(numbers(start), [1, 1, 1, 1]);
  assert.deepEqual(numbers(next), [2, 2, 2, 2]);
  assert.deepEqual(numbers(kept), [2, 2, 2, 2]);
});

await testOnEach("What is uploaded while a run goes on is what the next run reads, bit for bit", async (provider) => {
  const batches = [1, 2, 3].map((step) => vector(step / 3, step / 7, -step / 11, step));
  const totals = await Promise.all([true, false].map(async (ahead) => {
    await using session = await provider.open(counter(), { carry });
    const sums: number[] = [];
    for (const [i, batch] of batches.entries()) {
      const x = { ...batch, data: batch.data.slice() };
      const pending = session.run(i === 0 ? { total: vector(0.1, 0.2, 0.3, 0.4), x: batch } : { x: batch });
      if (ahead && i + 1 < batches.length) session.upload?.({ x: batches[i + 1] });
      sums.push(...numbers((await pending).sum));
      assert.deepEqual(batch.data, x.data);
    }
    return [...sums, ...numbers((await session.carried()).total)];
  }));
  assert.deepEqual(totals[0], totals[1]);
});

await testOnEach("What is uploaded and never fed, or uploaded and fed twice, does no harm", async (provider) => {
  await using session = await provider.open(counter());
  const [zero, x] = [vector(0, 0, 0, 0), vector(1, 2, 3, 4)];
  session.upload?.({ x, total: vector(5, 5, 5, 5) });
  session.upload?.({ x });
  for (let i = 0; i < 2; i++) assert.deepEqual(numbers((await session.run({ total: zero, x }, ["sum"])).sum), [10]);
});

await testOnEach("A part of a longer array can be fed", async (provider) => {
  await using session = await provider.open(counter());
  const data = Float32Array.of(7, 7, 1, 2, 3, 4, 7).subarray(2, 6);
  const { sum } = await session.run({ total: { type: "float32", dims: [4], data }, x: vector(0, 0, 0, 0) }, ["sum"]);
  assert.deepEqual(numbers(sum), [10]);
});

await testOnEach("A symbolic length is set by the feeds", async (provider) => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", ["N", 2]);
  builder.output("twice", mul(x, 2));
  await using session = await provider.open(encodeModel(builder.finish()));
  for (const rows of [1, 3]) {
    const { twice } = await session.run({ x: tensor("float32", [rows, 2], new Float32Array(2 * rows).fill(1.5)) });
    assert.deepEqual(twice.dims, [rows, 2]);
    assert.deepEqual(numbers(twice), new Array(2 * rows).fill(3));
  }
});

await testOnEach("Sessions are opened and run in turn, however they are called", async (provider) => {
  const sessions = await Promise.all([provider.open(counter(), { carry }), provider.open(counter(), { carry })]);
  const start = { total: vector(0, 0, 0, 0), x: vector(1, 1, 1, 1) };
  await Promise.all(sessions.map((session) => session.run(start)));
  const runs = [0, 1, 0, 1, 0].map((i) => sessions[i].run({ x: vector(1, 1, 1, 1) }));
  const sums = (await Promise.all(runs)).map(({ sum }) => numbers(sum)[0]);
  assert.deepEqual(sums, [8, 8, 12, 12, 16]);
  await Promise.all(sessions.map((session) => session[Symbol.asyncDispose]()));
});

await testOnEach("Mistakes in a call are refused, and the session goes on", async (provider) => {
  await using session = await provider.open(counter(), { carry });
  const x = vector(1, 1, 1, 1);
  await assert.rejects(session.run({ x }), (error: Error) => {
    return error instanceof UserError && error.message.includes('input "total" has no value, feed it');
  });
  await assert.rejects(session.run({ total: x, y: x }), /Cannot find the input "y": the model has total, x/);
  await assert.rejects(session.run({ total: x, x }, ["mean"]), /Cannot find the output "mean"/);
  await assert.rejects(session.carried(), /"total" has no value/);
  const { sum } = await session.run({ total: x, x });
  assert.deepEqual(numbers(sum), [8]);
});

await testOnEach("A carry between names that the model lacks is refused", async (provider) => {
  await assert.rejects(provider.open(counter(), { carry: { last: "total" } }), /Cannot find the output "last"/);
  await assert.rejects(provider.open(counter(), { carry: { next: "totals" } }), /Cannot find the input "totals"/);
});

await testOnEach("What is no model is refused", async (provider) => {
  await assert.rejects(provider.open(Uint8Array.of(1, 2, 3)), (error: Error) => error instanceof UserError);
});

await testOnEach("A closed session runs no more, and may be closed again", async (provider) => {
  const session = await provider.open(counter());
  await session[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();
  await assert.rejects(session.run({ total: vector(0, 0, 0, 0), x: vector(0, 0, 0, 0) }), /its session is closed/);
});

await testOnEach("The numeric class names the provider and stays the same", async (provider: Provider) => {
  const name = await provider.numericClass();
  assert.ok(name.startsWith(provider.name));
  assert.equal(await provider.numericClass(), name);
});
