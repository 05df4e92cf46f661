/** Keeps a reading door inside its folder. */
import { UserError } from "../../lib/base/errors.ts";

/** The absolute path without links, or the path as given where it cannot be followed. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path).replaceAll("\\", "/");
  } catch {
    return path.replaceAll("\\", "/");
  }
}

/** Whether `path` is `folder` or lies below it; both absolute, with `/`. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/**
 * The real path of a file below `root` (itself without links).
 * @throws UserError where the path is absolute, climbs out, or leads out by a link.
 */
export function confined(root: string, path: string): string {
  const steps = path.split("/");
  if (path.includes("\0")) throw new UserError(`Cannot read ${JSON.stringify(path)}: no file has such a name`);
  if (steps.includes("..") || path.startsWith("/") || path.includes("\\") || /^[A-Za-z]:/.test(path)) {
    throw new UserError(`Cannot read "${path}": only files below "${root}" may be read, so name it relative to there`);
  }
  const real = realPath(`${root}/${path}`);
  if (isBelow(real, root)) return real;
  throw new UserError(`Cannot read "${path}": a link leads out of "${root}"; put the file itself there`);
}
