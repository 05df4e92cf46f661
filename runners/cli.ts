/** The command line: `deno task run | plan | check | list | parity`. */
import { type CommandLine, parseArguments } from "./cli/arguments.ts";
import { HELP } from "./cli/help.ts";
import { exitStatus, reportError } from "./cli/report_error.ts";
import { openView, type View } from "./cli/view.ts";
import { widened } from "./cli/widen.ts";

type Command = (line: CommandLine, view: View) => number | Promise<number>;

/** Each command is loaded when it is used. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./cli/run_command.ts")).runCommand,
  plan: async () => (await import("./cli/plan_command.ts")).planCommand,
  check: async () => (await import("./cli/check_command.ts")).checkCommand,
  list: async () => (await import("./cli/list_command.ts")).listCommand,
  parity: async () => (await import("./cli/parity_command.ts")).parityCommand,
};

/** @returns the exit status: 0 done, 1 failed, 2 the command line or a pipeline is wrong, 130 interrupted. */
export async function main(args: readonly string[]): Promise<number> {
  let view = viewFor(false);
  try {
    const line = parseArguments(args);
    view = viewFor(line.quiet);
    if (line.help) {
      console.log(HELP[line.command]);
      return 0;
    }
    const status = await widened(line, args);
    if (status !== undefined) return status;
    const command = await COMMANDS[line.command]();
    return await command(line, view);
  } catch (error) {
    reportError(error, view);
    return exitStatus(error);
  }
}

function viewFor(quiet: boolean): View {
  const columns = Deno.stderr.isTerminal() ? Deno.consoleSize().columns : undefined;
  const encoder = new TextEncoder();
  const write = (text: string): void => {
    const bytes = encoder.encode(text);
    try {
      for (let written = 0; written < bytes.length;) written += Deno.stderr.writeSync(bytes.subarray(written));
    } catch {
      // Nobody reads any more, as behind `2>&1 | head`: the run goes on.
    }
  };
  return openView({ quiet, columns, write, now: () => performance.now() });
}

if (import.meta.main) Deno.exit(await main(Deno.args));
