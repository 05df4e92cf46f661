/** What a zod schema found wrong, in the words and at the place of the file. */
import type { core, ZodType } from "zod";
import { nearest } from "../base/errors.ts";
import type { Findings } from "./findings.ts";
import { child, type Path, placeOf, plain, type Tree } from "./tree.ts";
import { anyOf } from "./words.ts";

type Issue = core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a map of keys to values",
  record: "a map of keys to values",
};

/** Where a value stands, and what else may stand there. */
export interface Spot {
  readonly tree: Tree;
  /** Of `tree`, from the root of the pipeline. */
  readonly path: Path;
  /** Keys to suggest for unknown ones; default: those of the schema. */
  readonly known?: readonly string[];
}

/**
 * Checks the data of a tree; notes problems and the origin of every value.
 * @returns the parsed data, or undefined where something is wrong.
 */
export function checked<T>(schema: ZodType<T>, spot: Spot, findings: Findings): T | undefined {
  const value = plain(spot.tree);
  const result = schema.safeParse(value);
  if (result.success) {
    findings.noteOrigins(result.data, spot.tree, spot.path);
    return result.data;
  }
  for (const issue of result.error.issues.filter(isTightest)) {
    if (issue.code === "unrecognized_keys") reportKeys(issue, spot, spot.known ?? keysOf(schema), findings);
    else reportValue(issue, spot, value, findings);
  }
  return undefined;
}

/** Of several limits of one value, such as that of its kind and that of its meaning, the last is the narrowest. */
function isTightest(issue: Issue, at: number, all: readonly Issue[]): boolean {
  const same = (other: Issue): boolean => other.code === issue.code && other.path.join() === issue.path.join();
  return issue.code === "unrecognized_keys" || !all.slice(at + 1).some(same);
}

function reportValue(issue: Issue, { tree, path }: Spot, value: unknown, findings: Findings): void {
  const inner = issue.path as Path;
  const input = inner.reduce<unknown>(
    (data, key) => (data as Record<string | number, unknown> | undefined)?.[key],
    value,
  );
  const message = input === undefined
    ? `is missing: it ${describeIssue(issue, undefined)}`
    : describeIssue(issue, input);
  findings.complain(placeOf(tree, inner), `"${[...path, ...inner].join(".")}" ${message}`);
}

function reportKeys(
  issue: core.$ZodIssueUnrecognizedKeys,
  { tree, path }: Spot,
  known: readonly string[],
  findings: Findings,
): void {
  const inner = issue.path as Path;
  const holder = inner.reduce<Tree | undefined>(child, tree) ?? tree;
  for (const key of issue.keys) findings.unknownKey(holder, [...path, ...inner], key, inner.length === 0 ? known : []);
}

/** The keys of an object schema, refined or not. */
export function keysOf(schema: ZodType): readonly string[] {
  const { shape } = schema as { shape?: Readonly<Record<string, unknown>> };
  return Object.keys(shape ?? {});
}

function describeIssue(issue: Issue, input: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}${instead(input)}`;
    case "invalid_value":
      return `must be ${anyOf(issue.values.map(String))}${instead(input)}${meant(input, issue.values.map(String))}`;
    case "too_small":
      return `${bound(issue.origin)} ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${
        instead(input)
      }`;
    case "too_big":
      return `${bound(issue.origin)} ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${
        instead(input)
      }`;
    case "invalid_union":
      return `must be ${alternatives(issue, input)}`;
    case "invalid_format":
      return `${issue.message}${instead(input)}`;
    default:
      return issue.message;
  }
}

/** How a limit reads: numbers are, lists and texts have a length. */
function bound(origin: string): string {
  return origin === "array" || origin === "string" || origin === "tuple" ? "must have a length of" : "must be";
}

function meant(input: unknown, known: readonly string[]): string {
  const near = typeof input === "string" ? nearest(input, known) : undefined;
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** `, not 3`: the value that was given, where it is short enough to help. */
function instead(input: unknown): string {
  if (input === undefined || (typeof input === "object" && input !== null)) return "";
  return `, not ${typeof input === "number" ? input : JSON.stringify(input)}`;
}

function alternatives(issue: core.$ZodIssueInvalidUnion, input: unknown): string {
  const first = issue.errors.map((errors) => errors[0]).filter((error) => error !== undefined);
  const kinds = first.map((error) => describeIssue(error, undefined).replace(/^must be /, ""));
  return [...new Set(kinds)].join(", or ") + instead(input);
}
