/** Errors that are a person's to mend: shown as their message alone, never as a stack trace. */

/** A mistake or a state outside the code that the user can put right. `Cannot <verb> "<thing>": <state>, <remedy>`. */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** Why a run stopped early, with its checkpoint kept: the user's interrupt, or a process that must be recycled. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  constructor(readonly reason: "interrupted" | "recycle") {
    super(reason === "interrupted" ? "interrupted: the last checkpoint was kept" : "the process is to be recycled");
  }
}

/** One thing wrong with a pipeline file, with its place. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Characters to underline from `column`; at least 1. */
  readonly length: number;
  readonly message: string;
  /** The source line that holds the problem, without its line end; empty for an override. */
  readonly source: string;
}

/** Every problem of a pipeline file at once. */
export class PipelineError extends UserError {
  override readonly name = "PipelineError";
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(describe).join("\n"));
  }
}

/** A problem as the terminal shows it: place, message, source line, underline. */
export function describe(problem: Problem): string {
  const head = `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
  if (problem.source === "") return head;
  const gutter = String(problem.line).padStart(4);
  const blank = " ".repeat(gutter.length);
  const marks = " ".repeat(problem.column - 1) + "^".repeat(Math.max(1, problem.length));
  return `${head}\n${gutter} | ${problem.source}\n${blank} | ${marks}`;
}

/** The name of `known` nearest to `name` by edit distance, if any is near enough to be a slip. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance with transpositions of neighbours. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
