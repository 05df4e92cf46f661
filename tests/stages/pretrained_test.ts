/** Files that a backbone starts from: read, checked before long work, and noticed when they change. */
import assert from "node:assert/strict";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { tensor } from "../../lib/base/tensor.ts";
import { ModelProtoSchema, type TensorProto, TensorProto_DataLocation } from "../../lib/graph/onnx_pb.ts";
import { decodeSafetensors } from "../../lib/graph/safetensors.ts";
import { type EngineOptions, ran, runTrial } from "../e2e/_engine.ts";
import { CONVNET, networkBytes, networkWeights, ONNX, weightsBytes } from "../e2e/_network.ts";
import { testTrial } from "../e2e/_tests.ts";
import type { Settings, Trial } from "../e2e/_trial.ts";

const ONLY = ["pretrained", "dataset", "images", "features", "train", "export", "evaluate"];
const TRAIN = { epochs: 1, batch: 8 };

function test(name: string, backbone: Settings, fn: (trial: Trial) => Promise<void>): void {
  testTrial(name, { settings: { backbone, train: TRAIN }, faces: 24 }, fn);
}

/** The stages that ran, and what was said. */
async function run(trial: Trial, options: EngineOptions = {}) {
  const said: string[] = [];
  const onEvent: EngineOptions["onEvent"] = (event) => {
    if (event.kind === "warning") said.push(event.message);
    if (event.kind === "started") said.push(`${event.stage}: ${event.because}`);
  };
  const result = await runTrial(trial, { only: ONLY, onEvent, ...options });
  return { result, ran: ran(result), said: said.join("\n") };
}

test("a changed network is noticed, one that moved is not", ONNX, async (trial) => {
  const first = await run(trial);
  assert.deepEqual(first.ran, ["dataset", "pretrained", "images", "train", "export", "evaluate"]);
  Deno.mkdirSync(`${trial.folder}/elsewhere`);
  Deno.renameSync(`${trial.folder}/face.onnx`, `${trial.folder}/elsewhere/other.onnx`);
  const moved = await run(trial, { overrides: [`backbone.path=${trial.folder}/elsewhere/other.onnx`] });
  assert.deepEqual(moved.ran, []);
  Deno.writeFileSync(`${trial.folder}/face.onnx`, networkBytes(8));
  const changed = await run(trial);
  assert.deepEqual(changed.ran, ["pretrained", "train", "export", "evaluate"]);
  assert.match(changed.said, /^pretrained: network changed$/m);
  assert.match(changed.said, /^train: pretrained.network changed$/m);
});

test("weights are what training starts from", { ...CONVNET, train: "last 1" }, async (trial) => {
  const { result, said } = await run(trial);
  const { weights } = decodeSafetensors(await (await result.open("train.weights")).bytes());
  const own = networkWeights();
  assert.deepEqual(weights["layer1.conv.weight"], own["layer1.conv.weight"], "the first layer does not train");
  assert.notDeepEqual(weights["layer2.conv.weight"], own["layer2.conv.weight"]);
  assert.doesNotMatch(said, /head/);
});

test("a head in the file is left out and said", CONVNET, async (trial) => {
  const head = { "fc.weight": tensor("float32", [1, 8], new Float32Array(8)), "fc.bias": tensor("float32", [1], [0]) };
  Deno.writeFileSync(`${trial.folder}/face.safetensors`, weightsBytes({ ...networkWeights(), ...head }));
  const { said } = await run(trial);
  assert.match(said, /^the head in face\.safetensors is left out, a new one is trained: fc\.bias, fc\.weight$/m);
});

test("weights of another network are refused before images are read", { ...CONVNET, width: 8 }, async (trial) => {
  const started: string[] = [];
  const onEvent: EngineOptions["onEvent"] = (event) => void (event.kind === "started" && started.push(event.stage));
  await assert.rejects(run(trial, { onEvent }), {
    name: "UserError",
    message:
      /^Cannot start from "face\.safetensors": 10 of another shape \(layer1\.conv\.weight \[4,3,3,3\] instead of /,
  });
  assert.deepEqual(started, ["dataset", "pretrained"]);
});

test("weights that are not finite are refused by their names", CONVNET, async (trial) => {
  const { "layer2.conv.weight": whole, ...others } = networkWeights();
  const broken = { ...whole, data: Float32Array.from(whole.data as Float32Array).fill(NaN, 3, 4) };
  const weights = { ...others, "layer2.conv.weight": broken };
  Deno.writeFileSync(`${trial.folder}/face.safetensors`, weightsBytes(weights));
  const message = /^Cannot start from "face\.safetensors": numbers of layer2\.conv\.weight are not finite, use weights/;
  await assert.rejects(run(trial), { name: "UserError", message });
});

/** The network file with other initializers. */
function changeNetwork(trial: Trial, change: (tensor: TensorProto) => void): void {
  const model = fromBinary(ModelProtoSchema, Deno.readFileSync(`${trial.folder}/face.onnx`));
  model.graph!.initializer.forEach(change);
  Deno.writeFileSync(`${trial.folder}/face.onnx`, toBinary(ModelProtoSchema, model));
}

test("likewise those of a network", ONNX, async (trial) => {
  changeNetwork(trial, ({ name, rawData }) => {
    if (name === "layer1.bn.running_var") rawData.set([0, 0, 128, 127]);
  });
  const message = /^Cannot start from "face\.onnx": numbers of layer1\.bn\.running_var are not finite/;
  await assert.rejects(run(trial), { name: "UserError", message });
});

test("a network whose weights lie in another file is refused by its name and theirs", ONNX, async (trial) => {
  changeNetwork(trial, (tensor) => {
    if (tensor.name !== "layer2.conv.weight") return;
    Object.assign(tensor, { rawData: new Uint8Array(), dataLocation: TensorProto_DataLocation.EXTERNAL });
  });
  const message = 'Cannot read "face.onnx": tensor "layer2.conv.weight": it is kept in another file, ' +
    "export the model with weights inside";
  await assert.rejects(run(trial), { name: "UserError", message });
});

for (const [backbone, file] of [[ONNX, "face.onnx"], [CONVNET, "face.safetensors"]] as const) {
  test(`a damaged ${file} is refused by its name`, backbone, async (trial) => {
    const path = `${trial.folder}/${file}`;
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    await assert.rejects(run(trial), { name: "UserError", message: new RegExp(`^Cannot read "${file}": `) });
  });
}
