/** Small networks of every kind of layer that the backbones have. */
import { basicBlock, resnet, type ResnetParams, resnetParams } from "../../../lib/backbones/_resnet.ts";
import { convnet } from "../../../lib/backbones/convnet.ts";
import type { Backbone } from "../../../lib/contracts/model.ts";
import type { ModelSpec } from "../../../lib/contracts/model_spec.ts";
import { task } from "../../compile/_models.ts";

export const tasks = [task("classification", "ce")];

/** A stem, a plain block and one that halves the image and doubles the channels. */
const smallResnet: Backbone<ResnetParams> = {
  name: "small_resnet",
  about: "Two residual blocks",
  params: resnetParams,
  image: ({ image }) => image,
  build: (images, params, scope) => resnet(images, basicBlock, [1, 1], params, scope),
};

function resnetModel(stem: string): ModelSpec {
  const params = resnetParams.parse({ width: 4, stem, image: 16 });
  return { backbone: { plugin: smallResnet, params }, tasks, seed: 3 };
}

export const NETWORKS: Readonly<Record<string, ModelSpec>> = {
  "a ResNet with a small stem": resnetModel("small"),
  "a ResNet with the stem of ImageNet": resnetModel("imagenet"),
  "a convnet": {
    backbone: { plugin: convnet, params: convnet.params.parse({ width: 4, depth: 2, image: 16 }) },
    tasks,
    seed: 1,
  },
};
