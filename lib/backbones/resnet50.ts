import type { Backbone } from "../contracts/model.ts";
import { bottleneck, resnet, type ResnetParams, resnetParams } from "./_resnet.ts";

export const resnet50: Backbone<ResnetParams> = {
  name: "resnet50",
  about: "Residual network of 50 layers, 23.5 million parameters at width 64",
  source: "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016",
  params: resnetParams,
  image: (params) => params.image,
  build: (images, params, scope) => resnet(images, bottleneck, [3, 4, 6, 3], params, scope),
};
