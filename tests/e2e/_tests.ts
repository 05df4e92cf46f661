/** Tests that train, on the provider `cpu`. */
import { testUnless } from "../_present.ts";
import { withoutCpu } from "./_engine.ts";
import { writeNetwork } from "./_network.ts";
import { openTrial, type Trial, type TrialOptions } from "./_trial.ts";

const missing = await withoutCpu();

/** Registers a test that is skipped where the machine lacks the provider. */
export function testOnCpu(name: string, fn: (test: Deno.TestContext) => Promise<void>): void {
  testUnless(missing, name, fn);
}

/** Likewise, with a folder of its own that holds faces, a pipeline and the small network. */
export function testTrial(
  name: string,
  options: TrialOptions,
  fn: (trial: Trial) => Promise<void>,
): void {
  testOnCpu(name, async () => {
    using trial = openTrial(options);
    writeNetwork(trial.folder);
    await fn(trial);
  });
}
