/** Paths of this machine: of the user, of this project. */
import type { CommandLine } from "./arguments.ts";
import { join } from "../../lib/pipeline/paths.ts";

/** The path of a file URL, with `/`; of a folder without a slash at its end. */
export function fromFileUrl(url: URL): string {
  const path = decodeURIComponent(url.pathname).replace(/\/$/, "");
  return Deno.build.os === "windows" ? path.replace(/^\//, "") : path;
}

/** Where the user typed the command; a task runs in the project's folder, and tells. */
export function userFolder(): string {
  return (Deno.env.get("INIT_CWD") ?? Deno.cwd()).replaceAll("\\", "/");
}

/** The absolute path of something that the user named. */
export function absolute(path: string): string {
  return join(userFolder(), path);
}

/** The drawings that stand in for a real dataset. */
export const DRAWINGS = fromFileUrl(new URL("../../fixtures/faces", import.meta.url));

/** The small model that stands in for a real face model. */
export const DRAWN_MODEL = fromFileUrl(new URL("../../fixtures/models/drawn_faces.onnx", import.meta.url));

/** The folder of this project: its own code, and packages where they are installed beside it. */
export const PROJECT = fromFileUrl(new URL("../..", import.meta.url));

/** Absolute, with `/`. */
export function cacheFolder({ cache }: CommandLine): string {
  return cache === undefined ? `${Deno.cwd().replaceAll("\\", "/")}/.cache/ageline` : absolute(cache);
}

/** As results name it: the default stays relative. */
export function outFolder({ out }: CommandLine): string {
  return out === undefined ? "runs" : absolute(out);
}
