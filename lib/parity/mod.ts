/** One batch through several providers, node by node, held against a judge. */
import type { Provider } from "../contracts/provider.ts";
import { encodeModel } from "../graph/encode.ts";
import type { Graph } from "../graph/graph.ts";
import { lower } from "../lowering/mod.ts";
import { nchwcRules } from "../lowering/nchwc.ts";
import type { NumbersByName } from "../ops/evaluate.ts";
import { rules } from "../ops/rules/mod.ts";
import { type Compute, interpreter, onProvider, runModel } from "./compute.ts";
import { examine, type ExamineOptions } from "./examine.ts";
import { chainReport, isSound, type ParityReport, type ProviderReport } from "./report.ts";
import { type WholeFinding, wholeFindings } from "./whole.ts";

/** What is compared. */
export interface ParityCase {
  /** In operators that the interpreter knows, all shapes static. */
  readonly graph: Graph;
  /** Every input. */
  readonly feeds: NumbersByName;
  /** The file that the graph came from, which is then what is opened for use; absent: the graph itself, lowered. */
  readonly file?: Uint8Array;
}

export interface ParityOptions extends ExamineOptions {
  /** Default: the float64 interpreter. */
  readonly judge?: Provider;
}

/** Compares what the machine has of `providers`; the others are named with the reason. */
export async function compareProviders(
  parity: ParityCase,
  providers: readonly Provider[],
  options: ParityOptions,
): Promise<ParityReport> {
  const { graph, feeds } = parity;
  const reasons = await Promise.all(providers.map((provider) => provider.unavailable()));
  const present = providers.filter((_, i) => reasons[i] === undefined);
  const judge = options.judge === undefined ? interpreter() : onProvider(options.judge);
  const subjects = present.map((provider) => ({ name: provider.name, compute: onProvider(provider) }));
  const { examined, wanted } = await examine(graph, feeds, judge, subjects, options);
  const reports: ProviderReport[] = [];
  for (const [i, provider] of providers.entries()) {
    const own = examined[present.indexOf(provider)];
    if (own === undefined) {
      reports.push({ provider: provider.name, unavailable: reasons[i] });
      continue;
    }
    const chain = chainReport(own);
    const whole = chain.stop ? {} : await wholeGraph(parity, provider, { wanted, chained: own.outputs }, options);
    const agrees = isSound(chain) && whole.failure === undefined && isExcused(whole);
    reports.push({ provider: provider.name, agrees, chain, ...whole });
  }
  return {
    judge: options.judge?.name ?? "reference",
    tolerance: options.tolerance,
    nodes: graph.nodes.length,
    inputs: Object.fromEntries(Object.entries(feeds).map(([name, { type, dims }]) => [name, `${type} [${dims}]`])),
    providers: reports,
    agrees: reports.every((report) => report.agrees !== false),
  };
}

type Whole = Pick<ProviderReport, "outputs" | "failure" | "lowered" | "misread">;

/** Outputs as the nodes of the graph gave them one by one. */
interface Chained {
  readonly wanted: NumbersByName;
  readonly chained: NumbersByName;
}

/** No output differs, or the nodes of the lowered graph say that rounding is why. */
function isExcused({ outputs, lowered, misread }: Whole): boolean {
  return outputs?.length === 0 || (!misread && lowered !== undefined && isSound(lowered) && lowered.rounding > 0);
}

/** The graph as it is opened for use. */
async function wholeGraph(
  { graph, feeds, file }: ParityCase,
  provider: Provider,
  { wanted, chained }: Chained,
  options: ParityOptions,
): Promise<Whole> {
  options.progress?.(provider.name, graph.nodes.length);
  const block = await provider.blockSize?.();
  const lowered = file === undefined ? lower(graph, { provider: provider.name, block }) : graph;
  let outputs: readonly WholeFinding[];
  try {
    const got = await runModel(provider, file ?? encodeModel(lowered), feeds);
    outputs = wholeFindings(got, wanted, chained, options.tolerance);
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
  if (outputs.length === 0 || lowered === graph || options.judge !== undefined) return { outputs };
  return { outputs, ...await loweredChain(lowered, feeds, provider, { wanted, block }, options) };
}

/** The lowered graph node by node, held against its own float64 values. */
async function loweredChain(
  lowered: Graph,
  feeds: NumbersByName,
  provider: Provider,
  { wanted, block }: { wanted: NumbersByName; block: number | undefined },
  options: ParityOptions,
): Promise<Whole> {
  const judge: Compute = interpreter([...rules, ...block === undefined ? [] : nchwcRules(block)]);
  const subject = { name: provider.name, compute: onProvider(provider) };
  const own = await examine(lowered, feeds, judge, [subject], options);
  const isSame = wholeFindings(own.wanted, wanted, {}, options.tolerance).length === 0;
  return { lowered: chainReport(own.examined[0]), ...isSame ? {} : { misread: true } };
}
