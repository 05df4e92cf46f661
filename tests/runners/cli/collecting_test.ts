/** The flag of the process that computes gives it the collector that sessions call before their first runs. */
import assert from "node:assert/strict";
import { COLLECTING } from "../../../runners/cli/permissions.ts";

Deno.test("the process that computes can give memory back when it wants to", async () => {
  const code = "const gone = new WeakRef({}); setTimeout(() => { gc(); console.log(gone.deref() === undefined); }, 0)";
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", COLLECTING, code] }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "true");
});
