/**
 * `deno task bench [name] [arguments]`: one bench, or all of them one after the other. Each prints its figures beside a baseline
 * that ran in turn with it on the same cores, as ratios.
 */
const BENCHES = ["images", "train", "infer", "features", "webgpu", "cached", "many", "memory"] as const;

async function run(name: string, args: readonly string[]): Promise<boolean> {
  console.log(`== ${name}`);
  const script = new URL(`./${name}.ts`, import.meta.url).href;
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, ...args] }).spawn().status;
  return success;
}

const [asked, ...rest] = Deno.args;
if (asked !== undefined && !(BENCHES as readonly string[]).includes(asked)) {
  console.error(`Cannot run the bench "${asked}": there are ${BENCHES.join(", ")}`);
  Deno.exit(2);
}
const results: boolean[] = [];
for (const name of asked === undefined ? BENCHES : [asked]) results.push(await run(name, rest));
Deno.exit(results.every(Boolean) ? 0 : 1);
