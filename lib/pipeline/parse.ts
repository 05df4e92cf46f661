/** YAML text to a tree of values with places. */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar as YamlScalar,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Problem } from "../base/errors.ts";
import { type Environment, interpolate } from "./interpolate.ts";
import { type Dict, type Entry, type Place, problemAt, type Tree } from "./tree.ts";

export interface SourceText {
  readonly text: string;
  /** The name that problems show. */
  readonly file: string;
  /** What relative paths in it are relative to. */
  readonly folder: string;
}

export interface ParseOptions {
  readonly environment: Environment;
  /** What relative paths from the environment are relative to. */
  readonly cwd: string;
}

export interface Parsed {
  /** Undefined where the text is not YAML. */
  readonly tree?: Tree;
  readonly problems: readonly Problem[];
}

/** Braces open maps where values stand in a row. */
const QUOTE = '; inside { } and [ ], write "${NAME}" in quotes';

/** More values than any pipeline has; aliases of aliases multiply without bound. */
const MOST_VALUES = 20_000;
/** More characters than any pipeline has; deep nesting costs the parser their square. */
const MOST_CHARACTERS = 100_000;

export function parseYaml(given: SourceText, options: ParseOptions): Parsed {
  const source = { ...given, text: given.text.replace(BYTE_ORDER_MARK, "") };
  const refusal = refusalOf(source);
  if (refusal !== undefined) return { problems: [wholeFile(source, refusal)] };
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false });
  const reader = new Reader(source, options, lines, document);
  for (const error of [...document.errors, ...document.warnings]) {
    const { source } = reader.place(error.pos);
    reader.complain(error.pos, wording(error) + (/[[{,].*\$\{/.test(source) ? QUOTE : ""));
  }
  if (document.errors.length > 0) return { problems: reader.problems };
  const tree = document.contents ? reader.read(document.contents) : undefined;
  return { tree: tree ?? reader.empty(), problems: reader.problems };
}

/** Editors of Windows put it in front of a text. */
const BYTE_ORDER_MARK = /^\ufeff/;

/** Why a text is not looked at any closer. */
function refusalOf({ text }: SourceText): string | undefined {
  // What is not UTF-8 was read as replacement characters.
  if (/[\0\ufffd]/.test(text)) return "this is not text in UTF-8: a pipeline is a YAML file";
  if (text.length <= MOST_CHARACTERS) return undefined;
  return `${text.length} characters are too many for a pipeline: at most ${MOST_CHARACTERS} are read`;
}

function wholeFile({ file }: SourceText, message: string): Problem {
  return { file, line: 1, column: 1, length: 1, message, source: "" };
}

/** Of errors that the parser words for programmers. */
const WORDINGS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key stands above already: keep one of them",
  MULTIPLE_DOCS: "a second document begins here: a pipeline is one, so leave this line and what follows out",
};

function wording({ code, message }: YAMLError): string {
  return WORDINGS[code] ?? lower(message);
}

/** A part of YAML 1.1 that is no part of 1.2. */
const MERGE_KEY = '"<<" merges nothing here: write the keys out, or name a file that has them by "extends"';

class Reader {
  readonly problems: Problem[] = [];
  #values = 0;
  /** The lists and maps that are being read, from the outermost. */
  readonly #open = new Set<Node>();

  constructor(
    readonly source: SourceText,
    readonly options: ParseOptions,
    readonly lines: LineCounter,
    readonly document: Document,
  ) {}

  complain(range: readonly number[], message: string): void {
    this.problems.push(problemAt(this.place(range), message));
  }

  empty(): Dict {
    return { kind: "map", entries: new Map(), place: this.place([0, 0]) };
  }

  read(node: Node): Tree {
    const place = this.place(node.range ?? [0, 0]);
    if (++this.#values > MOST_VALUES) {
      if (this.#values === MOST_VALUES + 1) {
        this.complain(node.range ?? [0, 0], `more than ${MOST_VALUES} values: leave aliases out`);
      }
      return { kind: "scalar", value: null, place };
    }
    if (isAlias(node)) return this.alias(node, place);
    if (!isCollection(node)) return this.scalar(node as YamlScalar, place);
    this.#open.add(node);
    const tree = this.collection(node, place);
    this.#open.delete(node);
    return tree;
  }

  alias(node: Alias, place: Place): Tree {
    const target = node.resolve(this.document);
    if (target && !this.#open.has(target)) return this.read(target);
    const problem = target
      ? "stands inside of what it stands for"
      : `has nothing to stand for: no "&${node.source}" is above`;
    this.complain(node.range ?? [0, 0], `"*${node.source}" ${problem}`);
    return { kind: "scalar", value: null, place };
  }

  collection(node: YAMLMap | YAMLSeq, place: Place): Tree {
    if (isMap(node)) return { kind: "map", entries: new Map(node.items.map((pair) => this.entry(pair))), place };
    return { kind: "list", items: node.items.map((item) => this.read(item as Node)), place };
  }

  entry(pair: { key: unknown; value: unknown }): [string, Entry] {
    const key = pair.key as Node;
    const place = this.place(key.range ?? [0, 0]);
    if (!isScalar(key)) this.complain(key.range ?? [0, 0], "a key must be a plain word");
    const name = isScalar(key) ? String(key.value) : String(key);
    if (name === "<<") this.complain(key.range ?? [0, 0], MERGE_KEY);
    const value: Tree = pair.value ? this.read(pair.value as Node) : { kind: "scalar", value: null, place };
    return [name, { key: place, value }];
  }

  scalar(node: YamlScalar, place: Place): Tree {
    const { value } = node;
    if (typeof value !== "string" || !value.includes("${")) return { kind: "scalar", value: value as never, place };
    const { text, used, leads, problem } = interpolate(value, this.options.environment);
    if (problem) this.problems.push(problemAt(place, problem));
    const from = used.length > 0 ? { origin: `environment ${used.join(", ")}` } : {};
    const folder = leads ? { folder: this.options.cwd } : {};
    return {
      kind: "scalar",
      value: node.type === "PLAIN" ? resolved(text) : text,
      place: { ...place, ...from, ...folder },
    };
  }

  /** The place of a range of offsets, cut at the end of its first line. */
  place(range: readonly number[]): Place {
    const { text, file, folder } = this.source;
    const start = Math.min(range[0], text.length);
    const { line, col } = this.lines.linePos(start);
    const lineStart = start - (col - 1);
    const source = text.slice(lineStart).split(/\r?\n/, 1)[0];
    const length = Math.max(1, Math.min((range[1] ?? start) - start, source.length - (col - 1)));
    return {
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      length,
      source,
      folder,
      origin: `${file}:${line}`,
    };
  }
}

/** What YAML would read the text of a plain scalar as: `${N:-3}` is a number. */
function resolved(text: string): string | number | boolean | null {
  const document = parseDocument(text);
  const { contents } = document;
  const usable = document.errors.length === 0 && isScalar(contents) && typeof contents.value !== "string";
  return usable ? (contents as YamlScalar).value as number | boolean | null : text;
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
