/** Finding out in a child process what provider this machine can use. */
import { type ChildConduct, runChild } from "./child_process.ts";
import { Failed } from "./failed.ts";
import type { Asked, Message, ProviderFacts } from "./protocol.ts";

export async function probe(asked: Asked, cache: string, conduct: ChildConduct): Promise<ProviderFacts> {
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
