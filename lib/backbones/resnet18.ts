import type { Backbone } from "../contracts/model.ts";
import { basicBlock, resnet, type ResnetParams, resnetParams } from "./_resnet.ts";

export const resnet18: Backbone<ResnetParams> = {
  name: "resnet18",
  about: "Residual network of 18 layers, 11.2 million parameters at width 64",
  source: "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016",
  params: resnetParams,
  image: (params) => params.image,
  build: (images, params, scope) => resnet(images, basicBlock, [2, 2, 2, 2], params, scope),
};
