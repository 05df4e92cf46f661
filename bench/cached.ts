/**
 * How long a run takes that is cached as a whole, beside the start of Deno itself.
 *
 *     UTKFACE=/path deno run -A bench/cached.ts [rounds]
 *
 * The first call may have to compute; a small model is enough, since only the later calls are measured.
 */
import { median } from "./_median.ts";
const rounds = Number(Deno.args[0] ?? 9);
const SMALL = ["backbone={ use: convnet, image: 16 }", "train.epochs=1", "train.batch=256"];
const RUN = ["task", "run", "pipelines/coral.yaml", "--quiet", "--provider=cpu", ...SMALL];
const START = ["eval", "0"];

/** Milliseconds that a command of Deno takes. */
async function time(args: readonly string[], expected = 0): Promise<number> {
  const began = performance.now();
  const { code } = await new Deno.Command(Deno.execPath(), { args: [...args], stdout: "null", stderr: "inherit" })
    .output();
  if (code !== expected) throw new Error(`deno ${args.join(" ")} ended with status ${code}`);
  return performance.now() - began;
}

await time(RUN);
const run: number[] = [];
const start: number[] = [];
for (let i = 0; i < rounds; i++) {
  start.push(await time(START));
  run.push(await time(RUN));
}
const [whole, empty] = [median(run), median(start)];
console.log(
  `cached run ${whole.toFixed(0)} ms, start of Deno ${empty.toFixed(0)} ms, ratio ${(whole / empty).toFixed(1)}`,
);
console.log(`fastest cached run of ${rounds}: ${Math.min(...run).toFixed(0)} ms`);
