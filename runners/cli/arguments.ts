/** The command line as data. */
import { nearest, UserError } from "../../lib/base/errors.ts";
import { anyOf } from "../../lib/pipeline/words.ts";
import type { Asked } from "./protocol.ts";

/** A command line that cannot be understood: exit status 2. */
export class UsageError extends UserError {}

export type CommandName = "run" | "plan" | "check" | "list" | "parity";

export interface CommandLine {
  readonly command: CommandName | "";
  /** Pipeline files, or the room to list. */
  readonly names: readonly string[];
  /** `key=value`. */
  readonly overrides: readonly string[];
  readonly provider: Asked;
  /** Of `parity`: the providers to compare, separated by commas. */
  readonly providers: string | undefined;
  readonly batch: string | undefined;
  readonly tolerance: string | undefined;
  readonly cache: string | undefined;
  readonly out: string | undefined;
  readonly force: readonly string[];
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
  readonly dot: boolean;
  readonly svg: boolean;
}

const PROVIDERS: readonly Asked[] = ["auto", "webgpu", "cpu", "wasm"];
const VALUED = ["provider", "cache", "out", "force", "batch", "tolerance"] as const;
const OF_RUNS = ["provider", "cache", "out", "force"] as const;
const FLAGS = ["json", "quiet", "help"] as const;
const DRAWING = ["dot", "svg"] as const;

/** Options of each command. */
const OPTIONS: Readonly<Record<CommandName, readonly string[]>> = {
  run: [...OF_RUNS, ...FLAGS],
  plan: [...OF_RUNS, ...FLAGS, ...DRAWING],
  check: ["quiet", "help"],
  list: ["json", "help"],
  parity: ["provider", "batch", "tolerance", "cache", ...FLAGS],
};

/** @throws UsageError naming the nearest right word. */
export function parseArguments(args: readonly string[]): CommandLine {
  const [command = "", ...rest] = args;
  if (command === "" || command === "--help" || command === "-h") return { ...EMPTY, help: true };
  if (!isCommand(command)) throw new UsageError(`Cannot run "${command}": no such command${meant(command, COMMANDS)}`);
  const given = readOptions(command, rest);
  const names = given.positional.filter((word) => !isOverride(word));
  const overrides = given.positional.filter(isOverride);
  const named = given.values.provider?.at(-1);
  const provider = command === "parity" ? "auto" : named ?? "auto";
  if (!isProvider(provider)) {
    throw new UsageError(`Cannot use provider "${provider}": unknown${meant(provider, PROVIDERS)}`);
  }
  const line: CommandLine = {
    command,
    names,
    overrides,
    provider,
    providers: command === "parity" ? named : undefined,
    batch: given.values.batch?.at(-1),
    tolerance: given.values.tolerance?.at(-1),
    cache: given.values.cache?.at(-1),
    out: given.values.out?.at(-1),
    force: given.values.force ?? [],
    json: given.flags.has("json"),
    quiet: given.flags.has("quiet"),
    help: given.flags.has("help"),
    dot: given.flags.has("dot"),
    svg: given.flags.has("svg"),
  };
  checkNames(line);
  return line;
}

const COMMANDS = Object.keys(OPTIONS) as readonly CommandName[];

const EMPTY: CommandLine = {
  command: "",
  names: [],
  overrides: [],
  provider: "auto",
  providers: undefined,
  batch: undefined,
  tolerance: undefined,
  cache: undefined,
  out: undefined,
  force: [],
  json: false,
  quiet: false,
  help: false,
  dot: false,
  svg: false,
};

interface Given {
  readonly positional: string[];
  readonly flags: Set<string>;
  readonly values: Record<string, string[]>;
}

function readOptions(command: CommandName, words: readonly string[]): Given {
  const given: Given = { positional: [], flags: new Set(), values: {} };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!word.startsWith("-") || word === "-") {
      given.positional.push(word);
      continue;
    }
    const [name, inline] = optionOf(command, word);
    if (!isValued(name)) given.flags.add(name);
    else (given.values[name] ??= []).push(valueOf(name, inline ?? words[++i]));
  }
  return given;
}

function optionOf(command: CommandName, word: string): [string, string | undefined] {
  const at = word.indexOf("=");
  const option = at < 0 ? word : word.slice(0, at);
  const name = option === "-h" ? "help" : option.replace(/^--/, "");
  const known = OPTIONS[command];
  if (!known.includes(name) || (at >= 0 && !isValued(name))) {
    const near = nearest(name, known);
    const hint = near ? `; did you mean "--${near}"?` : `; see deno task ${command} --help`;
    throw new UsageError(`Cannot understand "${word}": "${command}" has no such option${hint}`);
  }
  return [name, at < 0 ? undefined : word.slice(at + 1)];
}

function valueOf(name: string, value: string | undefined): string {
  if (value === undefined || value === "" || value.startsWith("--")) {
    throw new UsageError(`Cannot understand "--${name}": it needs a value, such as --${name}=x`);
  }
  return value;
}

function checkNames({ command, names, help }: CommandLine): void {
  if (help) return;
  const most = command === "run" || command === "check" ? Infinity : 1;
  if (command !== "list" && names.length === 0) {
    throw new UsageError(`Cannot ${command} nothing: name a pipeline file, such as pipelines/coral.yaml`);
  }
  if (names.length > most) throw new UsageError(`Cannot ${command} "${names[1]}" too: "${command}" takes one name`);
}

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near ? `; did you mean "${near}"?` : `; use ${anyOf(known)}`;
}

/** `a.b=value`; a file whose name holds "=" is named with a path in front. */
function isOverride(word: string): boolean {
  return /^[A-Za-z_][\w.-]*=/.test(word);
}

function isCommand(word: string): word is CommandName {
  return COMMANDS.includes(word as CommandName);
}

function isProvider(word: string): word is Asked {
  return PROVIDERS.includes(word as Asked);
}

function isValued(name: string): boolean {
  return VALUED.includes(name as typeof VALUED[number]);
}
