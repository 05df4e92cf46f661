import assert from "node:assert/strict";
import { sizeOf } from "../../lib/base/tensor.ts";
import { backbones } from "../../lib/backbones/mod.ts";
import { ModelDeclarations, type ModelTensor } from "../../lib/compile/scope.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { createBuilder } from "../../lib/ops/builder.ts";

function declare(use: string, params: unknown, batch: number | string = 2) {
  const backbone = backbones.find((plugin) => plugin.name === use)!;
  const checked = backbone.params.parse(params);
  const builder = createBuilder();
  const place = ({ name, shape }: ModelTensor): Value => builder.input(name, "float32", shape);
  const model = new ModelDeclarations({ builder, training: typeof batch === "number", place });
  const side = backbone.image(checked);
  const features = backbone.build(builder.input("image", "float32", [batch, 3, side, side]), checked, model.root());
  return { features, model };
}

function count(model: ModelDeclarations): number {
  return model.of("parameter").reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** torchvision's numbers less those of the classifier: 512 or 2048 features times 1000 classes and 1000 biases. */
const PARAMETERS = { resnet18: 11_689_512 - 513_000, resnet34: 21_797_672 - 513_000, resnet50: 25_557_032 - 2_049_000 };

for (const [use, expected] of Object.entries(PARAMETERS)) {
  Deno.test(`${use}: as many parameters as torchvision's`, () => {
    const { model, features } = declare(use, {});
    assert.equal(count(model), expected);
    assert.deepEqual(features.shape, [2, use === "resnet50" ? 2048 : 512]);
  });
}

Deno.test("resnet18: the names of torchvision, in its order", () => {
  const names = [...declare("resnet18", {}).model.tensors.keys()];
  assert.deepEqual(names.slice(0, 5), [
    "conv1.weight",
    ...["weight", "bias", "running_mean", "running_var"].map((n) => `bn1.${n}`),
  ]);
  const norms = 20;
  assert.equal(names.length, 20 + 4 * norms);
  for (const name of ["layer1.0.conv1.weight", "layer2.0.downsample.0.weight", "layer4.1.bn2.running_var"]) {
    assert.ok(names.includes(name), name);
  }
});

Deno.test("weight decay applies to convolutions, not to norms", () => {
  for (const { name, kind, shape, decay } of declare("resnet18", { width: 4, image: 32 }).model.tensors.values()) {
    assert.equal(decay, kind === "parameter" && shape.length === 4, name);
  }
});

Deno.test("the small stem halves the image once, the other one twice", () => {
  for (const [stem, kernel] of [["small", 3], ["imagenet", 7]] as const) {
    const { model } = declare("resnet18", { width: 4, image: 32, stem });
    assert.deepEqual(model.tensors.get("conv1.weight")!.shape, [4, 3, kernel, kernel]);
  }
});

Deno.test("every backbone of our own gives [N,F] for any batch and its smallest image, and refuses what it does not know", () => {
  for (const { name, params } of backbones.filter(({ file }) => file === undefined)) {
    const { features } = declare(name, { width: 4, image: 16 }, "N");
    assert.equal(features.shape.length, 2, name);
    assert.equal(features.shape[0], "N", name);
    assert.equal(params.safeParse({ width: 0 }).success, false, name);
    assert.equal(params.safeParse({ wdth: 8 }).success, false, name);
  }
});
