/** Takes the rows one by one and prints for each our figures beside PyTorch's. */
import { UserError } from "../lib/base/errors.ts";
import { allocation, COLLECTING } from "../runners/cli/permissions.ts";
import { Partner, type Runs } from "./_partner.ts";
import { pythonLacks, runScript, scriptPath } from "./_python.ts";
import { chooseRows, type Row } from "./_rows.ts";
import { median } from "./_median.ts";

export type Mode = "train" | "infer";

const TURNS = 5;
/** Milliseconds that a partner computes before the next takes its turn. */
const TURN = 1500;
const WARM_UP_RUNS = 2;

/** What of PyTorch's speed inference must reach, in its better memory format. */
const WANTED_INFERENCE = 1.1;
/** The most memory that is wanted, in parts of PyTorch's. */
const WANTED_MEMORY = 1.25;

const ROOT = new URL("..", import.meta.url).pathname;

/** Measures the rows of these names (none: all) and prints what was found. */
export async function compare(mode: Mode, names: readonly string[]): Promise<void> {
  for (const row of rowsOf(names)) {
    console.log(
      `\n${row.name}: ${row.about}, ${row.image}x${row.image}, batch ${row.batch}${withOptimizer(mode, row)}`,
    );
    const folder = await Deno.makeTempDir();
    try {
      await compareRow(mode, row, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}

function rowsOf(names: readonly string[]): readonly Row[] {
  try {
    return chooseRows(names);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

function withOptimizer(mode: Mode, { optimizer }: Row): string {
  return mode === "train" ? `, ${optimizer}` : "";
}

async function compareRow(mode: Mode, row: Row, folder: string): Promise<void> {
  const missing = await missingNetwork(row);
  if (missing) return console.log(`  skipped: ${missing}`);
  const file = await fileOf(row, folder);
  const lacking = await pythonLacks("torch", ...(row.network.from === "file" ? ["onnx", "onnx2torch"] : []));
  if (lacking) console.log(`  PyTorch is skipped: ${lacking}`);
  const formats = lacking ? [] : formatsOf(row);
  await using partners = new AsyncDisposableStack();
  const ours = partners.use(ourPartner(mode, row, file));
  const theirs = formats.map((format) => partners.use(torchPartner(mode, row, format, file)));
  const results = await takeTurns([ours, ...theirs]);
  report(row, "ageline", results[0]);
  const ratios = results.slice(1).map((result, i) => reportPartner(row, formats[i], results[0], result, mode));
  if (mode === "infer" && ratios.length > 0) {
    console.log(`  against the better format: ${Math.min(...ratios).toFixed(2)} (wanted: ${WANTED_INFERENCE})`);
  }
}

type Format = keyof Row["wanted"];

/** Networks of tokens hold no images, so that the memory format says nothing there. */
function formatsOf({ network }: Row): readonly Format[] {
  return network.from === "module" ? ["default"] : ["default", "channels_last"];
}

async function missingNetwork({ network }: Row): Promise<string | undefined> {
  if (network.from === "module") return await pythonLacks("torch", "onnxscript");
  if (network.from === "resnet18") return;
  const info = await Deno.stat(`${ROOT}${network.path}`).catch(() => undefined);
  return info ? undefined : `there is no file ${network.path}`;
}

/** The ONNX file of the network, written into `folder` where PyTorch must export it first. */
async function fileOf({ network, image }: Row, folder: string): Promise<readonly string[]> {
  if (network.from === "resnet18") return [];
  if (network.from === "file") return [`${ROOT}${network.path}`];
  const file = `${folder}/network.onnx`;
  await runScript("export.py", network.module, String(image), file);
  return [file];
}

/** With the memory of the process in which `run` computes. */
function ourPartner(mode: Mode, row: Row, file: readonly string[]): Partner {
  const args = ["run", "-A", COLLECTING, scriptPath("ours_side.ts"), mode, JSON.stringify(row), ...file];
  return new Partner("ageline", Deno.execPath(), args, allocation("cpu"));
}

function torchPartner(mode: Mode, row: Row, format: Format, file: readonly string[]): Partner {
  const threads = String(navigator.hardwareConcurrency);
  const args = [scriptPath("torch_side.py"), mode, JSON.stringify(row), format, threads, ...file];
  return new Partner(`PyTorch (${format})`, "python3", args);
}

/** What each partner's turns took, and its peak memory. */
interface Result {
  /** Median milliseconds of a run, turn by turn. */
  readonly turns: readonly number[];
  readonly peakMiB: number;
}

async function takeTurns(partners: readonly Partner[]): Promise<readonly Result[]> {
  const warm: Runs[] = [];
  for (const partner of partners) warm.push(await partner.run(WARM_UP_RUNS));
  const turns = partners.map((): Runs[] => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, partner] of partners.entries()) {
      const once = warm[i].milliseconds[WARM_UP_RUNS - 1];
      turns[i].push(await partner.run(Math.max(1, Math.round(TURN / once))));
    }
  }
  return turns.map((runs) => ({
    turns: runs.map(({ milliseconds }) => median(milliseconds)),
    peakMiB: runs[TURNS - 1].peakMiB,
  }));
}

function report({ batch }: Row, name: string, { turns, peakMiB }: Result, beside = ""): void {
  const rate = (1000 * batch / median(turns)).toFixed(1);
  console.log(`  ${name.padEnd(22)} ${rate.padStart(7)} images/s  ${peakMiB.toFixed(0).padStart(5)} MiB${beside}`);
}

/** Prints a partner's figures, and gives our speed in parts of its own. */
function reportPartner(row: Row, format: Format, ours: Result, theirs: Result, mode: Mode): number {
  const ratio = median(theirs.turns.map((milliseconds, turn) => milliseconds / ours.turns[turn]));
  const wanted = mode === "train" ? row.wanted[format] : undefined;
  const speed = `speed ${ratio.toFixed(2)}${wanted === undefined ? "" : ` (wanted: ${wanted})`}`;
  const memory = `memory ${(ours.peakMiB / theirs.peakMiB).toFixed(2)} (at most ${WANTED_MEMORY})`;
  report(row, `PyTorch, ${format}`, theirs, `  ageline: ${speed}, ${memory}`);
  return ratio;
}
