/** Single files that a pipeline names, read through the door on their folder. */
import type { Digest } from "../base/digest.ts";
import type { World } from "../contracts/world.ts";

/** One file outside the cache. */
export interface NamedFile {
  /** Without its folder. */
  readonly name: string;
  read(): Promise<Uint8Array>;
  /** Of its content. */
  digest(): Promise<Digest>;
}

/** @param path absolute. */
export function namedFile(path: string, world: World): NamedFile {
  const name = fileName(path);
  const files = world.files(path.slice(0, Math.max(1, path.length - name.length - 1)));
  return { name, read: () => files.read(name), digest: () => files.digest(name) };
}

/** The last step of a path. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
