/**
 * What the command line and the process that computes say to each other: one JSON object a line, orders on the child's
 * standard input, messages on its standard output. A closed input means that the command line has died.
 */
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import type { ProviderName } from "../../lib/contracts/provider.ts";
import type { ParityReport } from "../../lib/parity/report.ts";
import type { RunEvent } from "../../lib/pipeline/events.ts";

/** A provider by name, or the best that the machine has. */
export type Asked = "auto" | ProviderName;

/** What is known of a provider without loading it. */
export interface ProviderFacts {
  readonly name: ProviderName;
  readonly numericClass: string;
  readonly warnings: readonly string[];
  /** See `Provider.blockSize` and `Provider.largestValue`; null: none. */
  readonly block: number | null;
  readonly largestValue: number | null;
  /** See `Provider.hasHalf`. */
  readonly half: boolean;
}

export interface RunOrder {
  readonly kind: "run";
  readonly pipeline: Pipeline;
  readonly provider: ProviderName;
  /** What the plan took the provider for. */
  readonly numericClass: string;
  readonly cache: string;
  /** Stages that run even if they are cached. */
  readonly force: readonly string[];
  /** Bytes of memory past which the process asks to be recycled; null: what suits the provider. */
  readonly memory: number | null;
}

export interface ParityOrder {
  readonly kind: "parity";
  readonly provider: Asked;
  /** What is compared: an ONNX file by its path, or a pipeline. */
  readonly subject: { readonly file: string } | { readonly pipeline: Pipeline };
  readonly providers: readonly ProviderName[];
  /** Images in a batch; null: few. */
  readonly batch: number | null;
  /** Largest relative error that passes. */
  readonly tolerance: number;
  readonly cache: string;
}

export type Order =
  | RunOrder
  | ParityOrder
  | { readonly kind: "probe"; readonly provider: Asked }
  | { readonly kind: "stop" };

export type Message =
  | RunEvent
  | { readonly kind: "provider"; readonly facts: ProviderFacts }
  | { readonly kind: "damage"; readonly message: string }
  | { readonly kind: "parity"; readonly report: ParityReport }
  /** What the order names cannot be worked with, which is the user's to mend. */
  | { readonly kind: "unusable"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string; readonly detail: string | null };

/** Exit status of the child. */
export const EXIT = { done: 0, failed: 1, recycle: 75, interrupted: 130 } as const;

/** The JSON values of a stream of lines; lines that are not JSON are handed to `other`. */
export async function* jsonLines(
  stream: ReadableStream<Uint8Array>,
  other: (line: string) => void = () => {},
): AsyncGenerator<unknown> {
  for await (const line of textLines(stream)) {
    const value = parsed(line);
    if (value === undefined) other(line);
    else yield value;
  }
}

/** The lines of a stream of text, without their ends. */
export async function* textLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
