/** Which provider a machine runs on, remembered in the cache: finding out takes longer than a run that is cached. */
import type { Provider } from "../../lib/contracts/provider.ts";
import { RUNTIME_VERSION } from "../providers/runtime.ts";
import { readIfThere, removeIfThere, replaceFile } from "../stores/atomic.ts";
import { type ChildConduct, runChild } from "./child_process.ts";
import type { Asked, Message, ProviderFacts } from "./protocol.ts";
import { Failed } from "./failed.ts";

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
  const memo = load(asked, cache);
  if (memo && memo.machine === machine() && Date.now() - memo.found < FRESH_MS) return memo.facts;
  const facts = await probe(asked, cache, conduct);
  const fresh: Memo = { machine: machine(), found: Date.now(), facts };
  replaceFile(pathOf(asked, cache), encoder.encode(JSON.stringify(fresh)), `${cache}/tmp`);
  return facts;
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

async function probe(asked: Asked, cache: string, conduct: ChildConduct): Promise<ProviderFacts> {
  let facts: ProviderFacts | undefined;
  const onMessage = (message: Message): void => {
    if (message.kind === "provider") facts = message.facts;
  };
  await runChild({ ...conduct, order: { kind: "probe", provider: asked }, cache, inputs: [], onMessage });
  if (!facts) {
    throw new Failed(`Cannot find a provider: the process that looks for "${asked}" ended without an answer`, null);
  }
  return facts;
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
  return [Deno.version.deno, Deno.build.target, navigator.hardwareConcurrency, RUNTIME_VERSION].join(" ");
}
