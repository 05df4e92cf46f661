/** What reading pipeline files needs of this machine. */
import type { PipelineDoors } from "../lib/pipeline/resolve.ts";

/** @param cwd what the user's paths are relative to. */
export function localDoors(cwd: string): PipelineDoors {
  return {
    cwd: cwd.replaceAll("\\", "/"),
    environment: (name) => Deno.env.get(name),
    readText: (path) => orUndefined(path, Deno.readTextFile),
    async kindOf(path) {
      const info = await orUndefined(path, Deno.stat);
      if (info?.isDirectory) return "folder";
      return info?.isFile ? "file" : undefined;
    },
  };
}

async function orUndefined<T>(path: string, read: (path: string) => Promise<T>): Promise<T | undefined> {
  // No file has such a name, and Deno throws a TypeError.
  if (path.includes("\0")) return undefined;
  try {
    return await read(path);
  } catch (error) {
    if (ABSENT.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}

const ABSENT = [Deno.errors.NotFound, Deno.errors.NotADirectory, Deno.errors.IsADirectory];
