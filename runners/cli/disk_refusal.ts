/** What the system refused to do with a file, in a line: a full disk, a missing right, a file where a folder should be. */

/** How Deno tells of the system's own errors: `Not a directory (os error 20): mkdir '/a/b'`. */
const BY_SYSTEM = /^(.+?) \(os error \d+\)(?:[:,] *([^]*))?$/;

/** The line to show; undefined where the error is another. */
export function diskRefusal(error: unknown): string | undefined {
  const match = error instanceof Error ? BY_SYSTEM.exec(error.message) : null;
  if (!match) return undefined;
  const [, state, deed] = match;
  const what = deed ? `${deed}: ` : "";
  return `the system says "${what}${state}"; check the path, its rights and the space on its disk`;
}
