import { UserError } from "../../lib/base/errors.ts";
import type { Face, Reject } from "../../lib/contracts/data.ts";
import type { Files } from "../../lib/contracts/files.ts";

/** A reading door on texts by path. */
export function textFiles(texts: Readonly<Record<string, string>>): Files {
  const entries = Object.keys(texts).sort().map((path) => ({ path, size: texts[path].length }));
  const readText = (path: string): Promise<string> => {
    if (path in texts) return Promise.resolve(texts[path]);
    return Promise.reject(new UserError(`Cannot read "${path}": there is no such file`));
  };
  return {
    list: () => Promise.resolve(entries),
    readText,
    read: async (path) => new TextEncoder().encode(await readText(path)),
    digest: (path) => Promise.resolve(path),
    fingerprint: () => Promise.resolve(""),
    changes: () => Promise.resolve(undefined),
  };
}

/** Images without content. */
export function imageFiles(...paths: readonly string[]): Files {
  return textFiles(Object.fromEntries(paths.map((path) => [path, ""])));
}

export const isReject = (entry: Face | Reject): entry is Reject => "reason" in entry;
