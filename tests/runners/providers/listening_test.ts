/** Runs that follow each other without a pause leave time for what comes in. */
import assert from "node:assert/strict";
import type { InferenceSession } from "onnxruntime-node";
import { Queue } from "../../../runners/providers/queue.ts";
import { RuntimeSession } from "../../../runners/providers/runtime_session.ts";

/** Longer than the loop goes without listening. */
const RUN_MS = 60;

/** Takes the thread, as the native runtime does. */
function compute(): Promise<Record<string, never>> {
  const end = performance.now() + RUN_MS;
  while (performance.now() < end);
  return Promise.resolve({});
}

Deno.test("What waits for the event loop is heard between two runs", async () => {
  const host = {
    name: "cpu",
    queue: new Queue(),
    makeTensor: undefined as never,
    guard: <T>(job: () => Promise<T>) => job(),
  };
  const runtime = { inputNames: [], outputNames: [], run: compute, release() {} } as unknown as InferenceSession;
  await using session = new RuntimeSession(host, runtime);
  await session.run({});
  let isHeard = false;
  setTimeout(() => isHeard = true, 0);
  await session.run({});
  assert.ok(isHeard, "it waits until nothing computes any more");
});
