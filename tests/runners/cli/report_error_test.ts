import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { exitStatus, reportError } from "../../../runners/cli/report_error.ts";
import { tryFolder } from "../../../runners/cli/try_folder.ts";

function shown(error: unknown): string {
  let text = "";
  reportError(error, { fail: (said) => text += said });
  return text;
}

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

Deno.test("what the system refuses is told in one line with the path, a defect with its trace", () => {
  const file = Deno.makeTempFileSync();
  const error = thrownBy(() => Deno.mkdirSync(`${file}/below`));
  assert.equal(shown(error).split("\n").length, 1);
  assert.match(shown(error), /^Cannot go on: the system says "mkdir '.*\/below': Not a directory"; check the path/);
  assert.match(shown(new Error("No space left on device (os error 28)")), /says "No space left on device"/);
  assert.equal(exitStatus(error), 1);
  assert.match(shown(new TypeError("x is not a function")), /\n\s+at /);
});

Deno.test("a folder for results that cannot be written to is found out at once", () => {
  const file = Deno.makeTempFileSync();
  assert.throws(() => tryFolder(`${file}/runs`), (error) => {
    return error instanceof UserError && /^Cannot write results to ".*\/runs": /.test(error.message);
  });
  const folder = `${Deno.makeTempDirSync()}/new/runs`;
  tryFolder(folder);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
});
