/** Paths as text, with `/`, on every system; nothing here looks at a disk. */

/** Whether a path starts at a root: `/x`, `C:/x` or `//host/x`. */
export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:\//.test(forward(path));
}

/** `path` as seen from `folder`, without `.` and `..` steps where they can be taken. */
export function join(folder: string, path: string): string {
  const there = forward(path);
  return normal(isAbsolute(there) ? there : `${forward(folder)}/${there}`);
}

/** The folder that holds a file; `.` for a bare name. */
export function dirname(path: string): string {
  const at = forward(path).lastIndexOf("/");
  if (at < 0) return ".";
  return at === 0 ? "/" : forward(path).slice(0, at);
}

/** The last step of a path. */
export function basename(path: string): string {
  return forward(path).slice(forward(path).lastIndexOf("/") + 1);
}

function forward(path: string): string {
  return path.replaceAll("\\", "/");
}

function normal(path: string): string {
  const rooted = path.startsWith("/");
  const steps: string[] = [];
  for (const step of path.split("/")) {
    if (step === "" || step === ".") continue;
    const climbs = step === ".." && steps.length > 0 && steps.at(-1) !== "..";
    if (climbs) steps.pop();
    else if (step !== ".." || !rooted) steps.push(step);
  }
  const text = (rooted ? "/" : "") + steps.join("/");
  return text === "" ? "." : text;
}
