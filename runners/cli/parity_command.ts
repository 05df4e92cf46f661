/** `parity`: do the providers agree on a model or a pipeline? */
import { Stopped } from "../../lib/base/errors.ts";
import type { ProviderName } from "../../lib/contracts/provider.ts";
import type { ParityReport } from "../../lib/parity/report.ts";
import { hint } from "../../lib/pipeline/words.ts";
import { providerNames } from "../providers/mod.ts";
import { type CommandLine, UsageError } from "./arguments.ts";
import { runChild } from "./child_process.ts";
import { Failed } from "./failed.ts";
import { parityText } from "./parity_text.ts";
import { inputsOf } from "./permissions.ts";
import { absolute, cacheFolder } from "./places.ts";
import type { Message, ParityOrder } from "./protocol.ts";
import { compileAll, hearInterrupts } from "./session.ts";
import type { View } from "./view.ts";

const TOLERANCE = 1e-3;
const COMPARED: readonly ProviderName[] = ["webgpu", "cpu", "wasm"];

/** @returns the exit status: 0 where all agree. */
export async function parityCommand(line: CommandLine, view: View): Promise<number> {
  const [file] = line.names;
  const { subject, inputs } = await subjectOf(line);
  const order: ParityOrder = {
    kind: "parity",
    provider: "auto",
    subject,
    providers: providersOf(line),
    batch: line.batch === undefined ? null : positive("batch", line.batch, Number.isInteger),
    tolerance: line.tolerance === undefined ? TOLERANCE : positive("tolerance", line.tolerance, Number.isFinite),
    cache: cacheFolder(line),
  };
  const report = await compared(order, inputs, view);
  console.log(line.json ? JSON.stringify({ file, ...report }) : parityText(file, report));
  return report.agrees ? 0 : 1;
}

async function compared(order: ParityOrder, inputs: readonly string[], view: View): Promise<ParityReport> {
  let report: ParityReport | undefined;
  let unusable: string | undefined;
  const onMessage = (message: Message): void => {
    if (message.kind === "parity") report = message.report;
    if (message.kind === "unusable") unusable = message.message;
    if (message.kind === "damage") view.warn(message.message);
    if (message.kind === "progress" || message.kind === "warning") view.event(message);
  };
  const wishes = hearInterrupts(view, "stopping after this part; interrupt once more to end at once");
  const conduct = { ...wishes, onDownload: () => view.note("downloading packages, this once") };
  await runChild({ ...conduct, order, cache: order.cache, inputs, onMessage });
  if (unusable !== undefined) throw new UsageError(unusable);
  if (conduct.stop.aborted) throw new Stopped("interrupted");
  if (report === undefined) throw new Failed("Cannot compare: the process that does ended without an answer", null);
  return report;
}

/** A file that ends in `.onnx` is a model, anything else a pipeline. */
async function subjectOf(line: CommandLine): Promise<{ subject: ParityOrder["subject"]; inputs: readonly string[] }> {
  const [file] = line.names;
  if (!file.endsWith(".onnx")) {
    const [{ pipeline }] = await compileAll(line);
    return { subject: { pipeline }, inputs: inputsOf(pipeline) };
  }
  const path = absolute(file);
  if (line.overrides.length > 0) {
    throw new UsageError(`Cannot set "${line.overrides[0]}" in "${file}": only pipelines have values to set`);
  }
  if (!isFile(path)) throw new UsageError(`Cannot read "${file}": no such file`);
  return { subject: { file: path }, inputs: [path] };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function providersOf({ providers }: CommandLine): readonly ProviderName[] {
  if (providers === undefined) return COMPARED;
  const names = [...new Set(providers.split(",").map((name) => name.trim()))];
  const unknown = names.find((name) => !COMPARED.includes(name as ProviderName));
  if (unknown === undefined) return names as ProviderName[];
  if (providerNames.includes(unknown as ProviderName)) {
    throw new UsageError(`Cannot compare "${unknown}": the others are held against it`);
  }
  throw new UsageError(`Cannot compare "${unknown}": no such provider${hint(unknown, COMPARED)}`);
}

function positive(option: string, text: string, isRight: (value: number) => boolean): number {
  const value = Number(text);
  if (value > 0 && isRight(value)) return value;
  const kind = isRight === Number.isInteger ? "a whole number above 0" : "a number above 0";
  throw new UsageError(`Cannot use --${option}=${text}: it must be ${kind}`);
}
