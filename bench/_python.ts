/** What Python has here. */

/** Why these modules of Python cannot be used, or undefined. */
export async function pythonLacks(...modules: readonly string[]): Promise<string | undefined> {
  for (const module of modules) {
    const probe = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`;
    if (!await succeeds(["-c", probe])) return `python3 has no ${module}`;
  }
}

/** Runs a script of this folder. @throws Error where it fails. */
export async function runScript(script: string, ...args: readonly string[]): Promise<void> {
  if (!await succeeds([scriptPath(script), ...args])) throw new Error(`Cannot run ${script}: it failed`);
}

export function scriptPath(script: string): string {
  return new URL(script, import.meta.url).pathname;
}

async function succeeds(args: readonly string[]): Promise<boolean> {
  try {
    const command = new Deno.Command("python3", { args: [...args], stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch {
    return false;
  }
}
