/** The comparison of providers names the node that is wrong, and only that. */
import assert from "node:assert/strict";
import type { Provider } from "../../lib/contracts/provider.ts";
import type { Graph, Node } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import * as ops from "../../lib/ops/emit.ts";
import { compareProviders, type ParityCase } from "../../lib/parity/mod.ts";
import type { ProviderReport } from "../../lib/parity/report.ts";
import { nobodyOf } from "../../runners/parity/compare.ts";
import { modelCase } from "../../runners/parity/model_case.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { testUnless } from "../_present.ts";
import { fake, scaled } from "./_fakes.ts";

const EXPORTED = new URL("../../fixtures/exported/", import.meta.url);
const exported = (name: string): ParityCase => modelCase(Deno.readFileSync(new URL(name, EXPORTED)), null);
const OPTIONS = { tolerance: 1e-3, partBytes: 4096 };

async function reportOf(parity: ParityCase, provider: Provider, tolerance = 1e-3): Promise<ProviderReport> {
  const { providers, agrees } = await compareProviders(parity, [provider], { ...OPTIONS, tolerance });
  assert.equal(agrees, providers[0].agrees ?? true);
  return providers[0];
}

const isConv = (node: Node): boolean => node.op === "Conv";

Deno.test("providers of this machine agree on exported models, in parts and as a whole", async () => {
  const wasm = createProvider("wasm");
  for (const name of ["vit.dynamo.onnx", "unet.torchscript.onnx"]) {
    const parity = exported(name);
    const { agrees, chain, outputs } = await reportOf(parity, wasm);
    assert.equal(agrees, true);
    assert.equal(chain?.compared, parity.graph.nodes.length);
    assert.deepEqual([chain?.wrong, chain?.rounding, outputs], [0, 0, []]);
    assert.ok(chain!.worst[0].relative > 0 && chain!.worst[0].relative < 1e-5);
  }
});

Deno.test("a broken operator is found where it is used first, with its inputs and errors", async () => {
  const parity = exported("mobilenet.torchscript.onnx");
  const first = parity.graph.nodes.findIndex(isConv);
  const { agrees, chain } = await reportOf(parity, fake((graph) => scaled(graph, isConv, 1.01)));
  assert.equal(agrees, false);
  const convolutions = parity.graph.nodes.filter(isConv).length;
  assert.ok(chain!.wrong >= convolutions);
  const { node, operator, position, cause, inputs, alone, inGraph } = chain!.culprit!;
  assert.deepEqual([operator, position, cause], ["Conv", first + 1, "operator"]);
  assert.equal(node, parity.graph.nodes[first].name);
  assert.deepEqual(Object.keys(inputs), parity.graph.nodes[first].inputs.filter((name) => name !== ""));
  assert.equal(inputs[parity.graph.inputs[0].name], "float32 [2,6,8,8]");
  assert.ok(alone.differs && Math.abs(alone.absolute - inGraph.absolute) < 1e-6);
  const { got, wanted } = alone.samples[0];
  assert.ok(Math.abs(got / wanted - 1.01) < 1e-5);
});

Deno.test("errors that spread are not laid on the nodes behind", async () => {
  const parity = exported("vit.dynamo.onnx");
  const softmax = parity.graph.nodes.findIndex((node) => node.op === "Softmax");
  const { chain } = await reportOf(parity, fake((graph) => scaled(graph, (node) => node.op === "Softmax", 1.5)));
  assert.equal(chain!.wrong, 1);
  assert.ok(chain!.rounding > 0, "what comes after differs, but is right for what it was fed");
  assert.equal(chain!.first!.position, softmax + 1);
  assert.equal(chain!.culprit!.position, softmax + 1);
});

Deno.test("an error below the tolerance passes, and is found with a smaller one", async () => {
  const parity = exported("mobilenet.torchscript.onnx");
  const slight = fake((graph) => scaled(graph, isConv, 1 + 1e-4));
  assert.equal((await reportOf(parity, slight)).agrees, true);
  const strict = await reportOf(parity, slight, 1e-6);
  assert.deepEqual([strict.agrees, strict.chain!.culprit!.operator], [false, "Conv"]);
});

Deno.test("what is wrong among other nodes only, or in the whole graph only, is told apart", async () => {
  const parity = exported("vit.dynamo.onnx");
  const isApart = (graph: Graph): boolean => graph.inputs.some(({ name }) => name.startsWith("given/"));
  const isWhole = (graph: Graph): boolean => graph.outputs.length === parity.graph.outputs.length;
  const isErf = (node: Node): boolean => node.op === "Gelu";
  const inChains = fake((graph) => (isApart(graph) ? graph : scaled(graph, isErf, 2)));
  const { culprit } = (await reportOf(parity, inChains)).chain!;
  assert.deepEqual([culprit!.operator, culprit!.cause, culprit!.alone.differs], ["Gelu", "graph", false]);
  const optimized = fake((graph) => (isWhole(graph) ? scaled(graph, isErf, 2) : graph));
  const report = await compareProviders(parity, [optimized], { ...OPTIONS, partBytes: 2 ** 20 });
  const [{ agrees, chain, outputs }] = report.providers;
  assert.deepEqual([agrees, chain!.wrong, outputs!.length > 0], [false, 0, true]);
});

/** x / (|x| + tiny) of a difference that cancels: its sign is all rounding. */
function cancelling(): ParityCase {
  const builder = createBuilder();
  const a = builder.input("a", "float32", [64]);
  const x = ops.sub(ops.mul(ops.div(a, 3), 3), a);
  builder.output("sign", ops.div(x, ops.add(ops.abs(x), 1e-12)));
  const data = Float64Array.from({ length: 64 }, (_, i) => Math.fround(1 + i / 7));
  return { graph: builder.finish(), feeds: { a: { type: "float32", dims: [64], data } } };
}

Deno.test("rounding that grows is no error, however far it goes", async () => {
  const { agrees, chain } = await reportOf(cancelling(), createProvider("wasm"));
  assert.ok(chain!.worst[0].relative > 0.1);
  assert.ok(chain!.rounding > 0);
  assert.deepEqual([agrees, chain!.wrong, chain!.first!.cause], [true, 0, "rounding"]);
});

Deno.test("a provider that cannot run a node says which; one that is not there says why", async () => {
  const parity = exported("mobilenet.torchscript.onnx");
  const refusing = fake((graph) => {
    if (graph.nodes.some((node) => node.op === "HardSwish")) throw new Error("no kernel");
    return graph;
  });
  const { agrees, chain } = await reportOf(parity, refusing);
  const wanted = parity.graph.nodes.findIndex((node) => node.op === "HardSwish");
  assert.equal(agrees, false);
  assert.deepEqual([chain!.stop!.operator, chain!.stop!.position], ["HardSwish", wanted + 1]);
  assert.match(chain!.stop!.reason, /no kernel/);
  const absent = { ...createProvider("webgpu"), unavailable: () => Promise.resolve("no adapter here") };
  const report = await compareProviders(parity, [absent], OPTIONS);
  assert.deepEqual(report.providers, [{ provider: "webgpu", unavailable: "no adapter here" }]);
  assert.equal(report.agrees, true);
});

Deno.test("where nobody is left to compare that is said, rather than that all agree", async () => {
  const absent = { ...createProvider("webgpu"), unavailable: () => Promise.resolve("no adapter here") };
  const [one, judge] = [createProvider("wasm"), createProvider("wasm")];
  assert.equal(await nobodyOf([absent, one], undefined), undefined);
  assert.equal(
    await nobodyOf([absent], undefined),
    'Cannot compare providers: "webgpu" cannot be used (no adapter here); name another one with --provider',
  );
  assert.equal(
    await nobodyOf([], judge),
    'Cannot compare providers: "wasm" is the judge, as the float64 reference would be too slow; name another one with --provider',
  );
});

const cpu = createProvider("cpu");
const missing = await cpu.unavailable();

testUnless(missing, "another provider may be the judge", anotherJudge);

async function anotherJudge(): Promise<void> {
  const parity = exported("mobilenet.torchscript.onnx");
  const options = { ...OPTIONS, judge: cpu };
  const right = await compareProviders(parity, [fake((graph) => graph)], options);
  assert.deepEqual([right.judge, right.agrees], ["cpu", true]);
  const wrong = await compareProviders(parity, [fake((graph) => scaled(graph, isConv, 1.1))], options);
  assert.equal(wrong.providers[0].chain!.culprit!.operator, "Conv");
}
