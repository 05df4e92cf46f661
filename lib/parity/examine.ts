/** Runs a graph on several providers side by side with a judge, and holds every value of every node against the judge's. */
import type { Graph, Node } from "../graph/graph.ts";
import type { NumbersByName } from "../ops/evaluate.ts";
import { type Compute, rounded } from "./compute.ts";
import { largestDifference } from "./difference.ts";
import { apartNodes, chain, chainParts, givenName, inputsOf, outputsOf, type Types, typesOf } from "./parts.ts";
import { explained, type Finding, type Suspect } from "./suspects.ts";
import { Values } from "./values.ts";

/** A provider under examination. */
export interface Subject {
  readonly name: string;
  readonly compute: Compute;
}

export interface ExamineOptions {
  /** Largest relative error that passes. */
  readonly tolerance: number;
  /** Bytes of values that are made at a time. */
  readonly partBytes: number;
  /** Hears who is at work, and on which node from 0. */
  readonly progress?: (who: string, node: number) => void;
}

/** How near a node came. */
export interface Nearness {
  readonly position: number;
  readonly node: Node;
  readonly relative: number;
}

/** A provider that could not go on. */
export interface Stop {
  readonly position: number;
  readonly node: Node;
  readonly reason: string;
}

export interface Examined {
  readonly name: string;
  /** Nodes whose values were compared. */
  readonly compared: number;
  /** Nodes that differ in the whole graph, in topological order. */
  readonly findings: readonly Finding[];
  /** The nodes with the largest relative errors, largest first. */
  readonly worst: readonly Nearness[];
  /** The graph's outputs as the chain of nodes gave them. */
  readonly outputs: NumbersByName;
  readonly stop?: Stop;
}

const WORST = 5;

/**
 * The graph is run in parts, with every value that a node makes as an output, so that the runtimes merge no nodes. Each computer is
 * fed what it has made itself.
 * @param feeds every input of the graph.
 * @returns what was found for each provider, and the judge's own outputs.
 */
export async function examine(
  graph: Graph,
  feeds: NumbersByName,
  judge: Compute,
  subjects: readonly Subject[],
  options: ExamineOptions,
): Promise<{ readonly examined: readonly Examined[]; readonly wanted: NumbersByName }> {
  const types = typesOf(graph);
  const judged = new Values(graph, feeds);
  const examinations = subjects.map((subject) => new Examination(graph, types, subject, judge, feeds, options));
  let done = 0;
  for (const nodes of chainParts(graph, options.partBytes)) {
    const part = { nodes, graph: chain(graph, types, nodes), start: done };
    options.progress?.("judge", done);
    const given = judged.for(part.graph);
    const wanted = { ...given, ...await judge(part.graph, given) };
    for (const examination of examinations) await examination.part(part, wanted);
    done += nodes.length;
    judged.add(wanted, done);
  }
  return { examined: examinations.map((one) => one.result()), wanted: judged.outputs() };
}

/** Nodes in a row. */
interface Part {
  readonly nodes: readonly Node[];
  readonly graph: Graph;
  /** Position of the first, from 0. */
  readonly start: number;
}

/** One provider on its way through the graph. */
class Examination {
  readonly #values: Values;
  readonly #findings: Finding[] = [];
  #worst: Nearness[] = [];
  #compared = 0;
  #stop: Stop | undefined;

  constructor(
    private readonly graph: Graph,
    private readonly types: Types,
    private readonly subject: Subject,
    private readonly judge: Compute,
    feeds: NumbersByName,
    private readonly options: ExamineOptions,
  ) {
    this.#values = new Values(graph, feeds);
  }

  async part(part: Part, wanted: NumbersByName): Promise<void> {
    if (this.#stop) return;
    this.options.progress?.(this.subject.name, part.start);
    const given = this.#values.for(part.graph);
    const made = await this.#run(part, given, wanted);
    if (made === undefined) return;
    const got = { ...given, ...made };
    const evidence = { graph: this.graph, types: this.types, judge: this.judge, provider: this.subject.compute };
    const suspects = this.#compare(part, got, wanted);
    const { tolerance } = this.options;
    this.#findings.push(...await explained(suspects, { ...evidence, got, wanted, tolerance }));
    this.#values.add(made, part.start + part.nodes.length);
  }

  /** What the provider makes of a part; undefined, and a stop, where it cannot. */
  async #run(part: Part, given: NumbersByName, wanted: NumbersByName): Promise<NumbersByName | undefined> {
    try {
      return await this.subject.compute(part.graph, given);
    } catch (error) {
      this.#stop = await this.#culprit(part, wanted) ??
        { node: part.nodes[0], position: part.start + 1, reason: reasonOf(error) };
      return undefined;
    }
  }

  /** The first node that the provider cannot run by itself, if there is one. */
  async #culprit({ nodes, start }: Part, wanted: NumbersByName): Promise<Stop | undefined> {
    for (const [i, node] of nodes.entries()) {
      const single = apartNodes(this.graph, this.types, [node]);
      const given = inputsOf(node).filter((name) => !this.graph.constants.has(name));
      try {
        const feeds = rounded(Object.fromEntries(given.map((name) => [givenName(name), wanted[name]])));
        await this.subject.compute(single, feeds);
      } catch (error) {
        return { node, position: start + i + 1, reason: reasonOf(error) };
      }
    }
    return undefined;
  }

  /** The nodes that differ from the judge. */
  #compare({ nodes, start }: Part, got: NumbersByName, wanted: NumbersByName): readonly Suspect[] {
    const suspects: Suspect[] = [];
    for (const [i, node] of nodes.entries()) {
      const position = start + i + 1;
      const largest = largestDifference(outputsOf(node), got, wanted, this.options);
      if (largest === undefined) continue;
      const { name: value, difference: inGraph } = largest;
      this.#compared++;
      this.#worst.push({ position, node, relative: inGraph.relative });
      if (inGraph.differs) suspects.push({ position, node, value, inGraph });
    }
    this.#worst = this.#worst.toSorted((a, b) => b.relative - a.relative).slice(0, WORST);
    return suspects;
  }

  result(): Examined {
    return {
      name: this.subject.name,
      compared: this.#compared,
      findings: this.#findings,
      worst: this.#worst,
      outputs: this.#values.outputs(),
      ...this.#stop ? { stop: this.#stop } : {},
    };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
