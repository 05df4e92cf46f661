/** Tests that need something of the machine. */

/**
 * Registers a test that runs unless something is `missing`; then it is skipped and its name says why. The runtimes keep threads and
 * timers of their own, which outlive a session.
 */
export function testUnless(
  missing: string | undefined,
  name: string,
  fn: (test: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test({
    name: missing === undefined ? name : `${name}: skipped, ${missing}`,
    ignore: missing !== undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}
