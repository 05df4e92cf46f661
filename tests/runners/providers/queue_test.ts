import assert from "node:assert/strict";
import { Queue } from "../../../runners/providers/queue.ts";

Deno.test("Jobs run one at a time, in order, past one that fails", async () => {
  const queue = new Queue();
  const seen: string[] = [];
  const job = (name: string, fails = false) => async (): Promise<string> => {
    seen.push(`${name} starts`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const results = await Promise.allSettled([queue.run(job("a")), queue.run(job("b", true)), queue.run(job("c"))]);
  assert.deepEqual(seen, ["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
});
