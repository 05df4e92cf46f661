/** What reading pipeline files needs of this machine. */
import type { PipelineDoors } from "../lib/pipeline/resolve.ts";

/** @param cwd what the user's paths are relative to. */
export function localDoors(cwd: string): PipelineDoors {
  return {
    cwd: cwd.replaceAll("\\", "/"),
    environment: (name) => Deno.env.get(name),
    readText: (path) => orUndefined(() => Deno.readTextFile(path)),
    async kindOf(path) {
      const info = await orUndefined(() => Deno.stat(path));
      if (info?.isDirectory) return "folder";
      return info?.isFile ? "file" : undefined;
    },
  };
}

async function orUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (ABSENT.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}

const ABSENT = [Deno.errors.NotFound, Deno.errors.NotADirectory, Deno.errors.IsADirectory];
