/** The flag of the process that computes gives it the collector that sessions call before their first runs, and near the budget of memory. */
import assert from "node:assert/strict";
import { COLLECTING } from "../../../runners/cli/permissions.ts";

Deno.test("the process that computes can give memory back when it wants to", async () => {
  const code = "const gone = new WeakRef({}); setTimeout(() => { gc(); console.log(gone.deref() === undefined); }, 0)";
  assert.equal(await saidBy(code), "true");
});

Deno.test("a process is not exhausted by garbage", async () => {
  const code = `
    import { exhausted, processMemory } from "./runners/providers/memory.ts";
    const before = processMemory();
    let garbage = Array.from({ length: 8 }, () => new Uint8Array(2 ** 25).fill(1));
    const budget = before + 4 * 2 ** 25;
    const held = exhausted("cpu", budget);
    garbage = undefined;
    setTimeout(() => console.log(held, processMemory() > budget, exhausted("cpu", budget)), 0);`;
  assert.equal(await saidBy(code), "true true false");
});

/** What a program prints that is started with the flag. */
async function saidBy(code: string): Promise<string> {
  const cwd = new URL("../../../", import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", COLLECTING, code], cwd }).output();
  return new TextDecoder().decode(stdout).trim();
}
