/** Why files that a table lists are not found. */

/** Undefined where the file is there, else why it is not found. */
export type Finder = (file: string) => string | undefined;

/** @param paths of the files that are there, relative to the dataset's folder. */
export function finder(paths: readonly string[]): Finder {
  const present = new Set(paths);
  let alike: ReadonlyMap<string, string> | undefined;
  return (file) => {
    if (present.has(file)) return undefined;
    if (isOutside(file)) return "there is no such file: name it relative to dataset.path";
    alike ??= new Map(paths.map((path) => [simplified(path), path]));
    const near = alike.get(simplified(file));
    return near === undefined ? "there is no such file" : `there is no such file; did you mean "${near}"?`;
  };
}

function isOutside(file: string): boolean {
  return /^([/\\]|[A-Za-z]:)/.test(file) || file.split("/").includes("..");
}

/** Without what slips in: another case, white space around the name, `./` in front, backslashes. */
function simplified(path: string): string {
  return path.trim().replaceAll("\\", "/").replace(/^(\.\/)+/, "").toLowerCase();
}
