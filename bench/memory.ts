/**
 * The most memory that single train steps take beside what is forecast: deno run -A bench/memory.ts [names]. Each is measured in a
 * process of its own; Linux only.
 */
import type { ProviderName } from "../lib/contracts/provider.ts";
import { measureStep } from "./_measured.ts";
import { pythonLacks, runScript } from "./_python.ts";
import { MOBILEFACENET } from "./_rows.ts";

interface Case {
  readonly name: string;
  readonly backbone: string;
  /** As `train` of a pipeline has it. */
  readonly batch: number;
  readonly accumulate?: number;
  readonly provider?: ProviderName;
}

/** What the cases have in common: head, loss, AdamW. */
const PIPELINE = new URL("../pipelines/coral.yaml", import.meta.url).pathname;
const ROOT = new URL("..", import.meta.url).pathname;
const MIB = 2 ** 20;

const FOLDER = await Deno.makeTempDir();
/** A file that PyTorch writes before it is measured. */
const VIT = `${FOLDER}/vit.onnx`;

const resnet = (width: number, stem: "small" | "imagenet", image: number): string =>
  `{ use: resnet18, width: ${width}, stem: ${stem}, image: ${image} }`;
const mobilefacenet = (train: string): string =>
  `{ use: onnx, path: ${ROOT}${MOBILEFACENET}, output: fc1, image: 112, range: [-1, 1], train: ${train} }`;
const vit = `{ use: onnx, path: ${VIT}, output: features, image: 112 }`;

const CASES: readonly Case[] = [
  { name: "resnet16-64-b16", backbone: resnet(16, "imagenet", 64), batch: 16 },
  { name: "resnet16-64-b192", backbone: resnet(16, "imagenet", 64), batch: 192 },
  { name: "resnet16-64-small-b64", backbone: resnet(16, "small", 64), batch: 64 },
  { name: "resnet16-64-small-b192", backbone: resnet(16, "small", 64), batch: 192 },
  { name: "resnet16-64-small-b128-parts", backbone: resnet(16, "small", 64), batch: 128, accumulate: 4 },
  { name: "resnet32-64-small-b64", backbone: resnet(32, "small", 64), batch: 64 },
  { name: "resnet32-112-b16", backbone: resnet(32, "imagenet", 112), batch: 16 },
  { name: "resnet32-112-b64", backbone: resnet(32, "imagenet", 112), batch: 64 },
  { name: "resnet64-64-small-b32", backbone: resnet(64, "small", 64), batch: 32 },
  { name: "resnet64-112-b32", backbone: resnet(64, "imagenet", 112), batch: 32 },
  { name: "resnet64-112-b64", backbone: resnet(64, "imagenet", 112), batch: 64 },
  { name: "vit-b16", backbone: vit, batch: 16 },
  { name: "vit-b64", backbone: vit, batch: 64 },
  { name: "mobilefacenet-b8", backbone: mobilefacenet("all"), batch: 8 },
  { name: "mobilefacenet-b32", backbone: mobilefacenet("all"), batch: 32 },
  { name: "mobilefacenet-b64", backbone: mobilefacenet("all"), batch: 64 },
  { name: "mobilefacenet-last3-b64", backbone: mobilefacenet("last 3"), batch: 64 },
  { name: "wasm-resnet32-64-small-b8", backbone: resnet(32, "small", 64), batch: 8, provider: "wasm" },
  { name: "wasm-resnet16-64-small-b32", backbone: resnet(16, "small", 64), batch: 32, provider: "wasm" },
  { name: "wasm-mobilefacenet-b4", backbone: mobilefacenet("all"), batch: 4, provider: "wasm" },
];

/** Why a case cannot be measured, or undefined. */
async function lacking({ backbone }: Case): Promise<string | undefined> {
  if (backbone === vit) return await pythonLacks("torch", "onnxscript");
  if (!backbone.includes(MOBILEFACENET) || await isThere(`${ROOT}${MOBILEFACENET}`)) return undefined;
  return `there is no file ${MOBILEFACENET}`;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function measure({ name, backbone, batch, accumulate = 1, provider = "cpu" }: Case): Promise<void> {
  if (backbone === vit && !await isThere(VIT)) await runScript("export.py", "vit_tiny", "112", VIT);
  const overrides = [`backbone=${backbone}`, `train.batch=${batch}`, `train.accumulate=${accumulate}`];
  const { measured, forecast } = await measureStep(provider, PIPELINE, overrides);
  const [taken, told] = [measured, forecast].map((bytes) => (bytes / MIB).toFixed(0).padStart(6));
  console.log(`  ${name.padEnd(30)} ${taken} MiB, forecast ${told} MiB: ${(forecast / measured).toFixed(2)}`);
}

async function measureAll(cases: readonly Case[]): Promise<void> {
  for (const each of cases) {
    const reason = await lacking(each);
    if (reason === undefined) await measure(each);
    else console.log(`  ${each.name} is skipped: ${reason}`);
  }
}

function chosen(names: readonly string[]): readonly Case[] {
  const known = CASES.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    console.error(`Cannot find the step "${unknown}": there are ${known.join(", ")}`);
    Deno.exit(2);
  }
  return names.length === 0 ? CASES : CASES.filter(({ name }) => names.includes(name));
}

try {
  if (Deno.build.os === "linux") await measureAll(chosen(Deno.args));
  else console.log(`  skipped: the peak of a process is read from /proc, which ${Deno.build.os} lacks`);
} finally {
  await Deno.remove(FOLDER, { recursive: true });
}
