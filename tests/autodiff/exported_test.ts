/** Networks that PyTorch exported, against PyTorch's own outputs and gradients (`scripts/oracle/export_graphs.py`). */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { differentiate } from "../../lib/autodiff/differentiate.ts";
import { type Tensor, type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { decodeSafetensors } from "../../lib/graph/safetensors.ts";
import { canonicalise, graphBuilderFrom } from "../../lib/ops/canonical.ts";
import { mul, reduceSum } from "../../lib/ops/emit.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";

const FOLDER = "fixtures/exported";
const RELATIVE = 1e-4;

/** The graph with one more output `loss`, the sum of output · cotangent. */
function withLoss(graph: Graph, cotangent: Tensor): Graph {
  const { builder, value } = graphBuilderFrom(graph);
  builder.output("output", value("output"));
  builder.output("loss", reduceSum(mul(value("output"), builder.constant(cotangent)), null));
  return builder.finish({ name: graph.name });
}

function assertNear(actual: Tensor, expected: Tensor, what: string): void {
  assert.deepEqual(actual.dims, expected.dims, what);
  const [got, wanted] = [toNumbers(actual), toNumbers(expected)];
  const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3);
  const off = got.reduce((most, x, i) => Math.max(most, Math.abs(x - wanted[i])), 0);
  assert.ok(off <= RELATIVE * scale, `${what} is off by ${off}, its largest element is ${scale}`);
}

function isEqual(a: Tensor, b: Tensor | undefined): boolean {
  return b !== undefined && String(a.dims) === String(b.dims) && a.data.every((x, i) => x === b.data[i]);
}

/** Initializers that hold a parameter as PyTorch has it; the exporter may have merged others. */
function parametersOf(graph: Graph, reference: Tensors): readonly string[] {
  return [...graph.constants].filter(([name, data]) => isEqual(data, reference[`weight/${name}`])).map(([name]) =>
    name
  );
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".onnx")).sort()) {
  const [network, form] = file.split(".");
  Deno.test(`${network} by ${form}: outputs and gradients are PyTorch's`, () => {
    const reference = decodeSafetensors(Deno.readFileSync(`${FOLDER}/${network}.safetensors`)).weights;
    const imported = canonicalise(decodeModel(Deno.readFileSync(`${FOLDER}/${file}`)), { dims: { batch: 2 } });
    const graph = withLoss(imported, reference.cotangent);
    const parameters = parametersOf(graph, reference);
    const all = Object.keys(reference).filter((name) => name.startsWith("weight/")).length;
    assert.ok(form === "dynamo" || parameters.length === all, `${parameters.length} of ${all} parameters are found`);
    const wrt = ["input", ...parameters];
    const results = evaluate(differentiate(graph, { loss: "loss", wrt }), { input: reference.input });
    assertNear(results.output, reference.output, "output");
    for (const name of wrt) assertNear(results[`grad/${name}`], reference[`grad/${name}`], `gradient of ${name}`);
  });

  Deno.test(`${network} by ${form}: the file survives a round trip`, () => {
    const graph = decodeModel(Deno.readFileSync(`${FOLDER}/${file}`));
    assert.deepEqual(decodeModel(encodeModel(graph)), graph);
  });
}
