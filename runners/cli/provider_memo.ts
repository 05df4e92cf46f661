/** Which provider a machine runs on, remembered in the cache: finding out takes longer than a run that is cached. */
import type { Provider } from "../../lib/contracts/provider.ts";
import { instructionSet, threads } from "../providers/cpu_features.ts";
import { RUNTIME_VERSION } from "../providers/runtime.ts";
import { readIfThere, removeIfThere, replaceFile } from "../stores/atomic.ts";
import type { ChildConduct } from "./child_process.ts";
import type { Asked, ProviderFacts } from "./protocol.ts";

/** Raised when `ProviderFacts` hold something else. */
const FORM = 3;
/** A new driver or GPU is found a day later at the latest. */
const FRESH_MS = 24 * 3600 * 1000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Memo {
  readonly machine: string;
  /** Milliseconds since 1970. */
  readonly found: number;
  readonly facts: ProviderFacts;
}

/** What is known of the provider that is asked for, from the memo or from a child process that looks. */
export async function providerFacts(asked: Asked, cache: string, conduct: ChildConduct): Promise<ProviderFacts> {
  const known = rememberedProvider(asked, cache);
  if (known) return known;
  const { probe } = await import("./probe.ts");
  const facts = await probe(asked, cache, conduct);
  const fresh: Memo = { machine: machine(), found: Date.now(), facts };
  replaceFile(pathOf(asked, cache), encoder.encode(JSON.stringify(fresh)), `${cache}/tmp`);
  return facts;
}

/** What the memo says, if it is fresh and of this machine. */
export function rememberedProvider(asked: Asked, cache: string): ProviderFacts | undefined {
  const memo = load(asked, cache);
  return memo && memo.machine === machine() && Date.now() - memo.found < FRESH_MS ? memo.facts : undefined;
}

/** After a failure the machine is asked again: what the memo says may be the reason. */
export function forgetProvider(asked: Asked, cache: string): void {
  removeIfThere(pathOf(asked, cache));
}

/** A provider for planning: it knows its numeric class, and is never opened. */
export function plannedProvider(facts: ProviderFacts): Provider {
  return {
    name: facts.name,
    numericClass: () => Promise.resolve(facts.numericClass),
    unavailable: () => Promise.resolve(undefined),
    open: () => Promise.reject(new TypeError(`Cannot open a model on "${facts.name}" while planning`)),
  };
}

function load(asked: Asked, cache: string): Memo | undefined {
  const bytes = readIfThere(pathOf(asked, cache));
  try {
    return bytes && JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function pathOf(asked: Asked, cache: string): string {
  return `${cache}/provider/${asked}.json`;
}

/** What the memo holds for. */
function machine(): string {
  return [FORM, Deno.version.deno, Deno.build.os, instructionSet(), threads(), RUNTIME_VERSION].join(" ");
}
