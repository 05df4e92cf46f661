import type { Backbone } from "../contracts/model.ts";
import { basicBlock, resnet, type ResnetParams, resnetParams } from "./_resnet.ts";

export const resnet34: Backbone<ResnetParams> = {
  name: "resnet34",
  about: "Residual network of 34 layers, 21.3 million parameters at width 64",
  source: "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016",
  params: resnetParams,
  image: (params) => params.image,
  build: (images, params, scope) => resnet(images, basicBlock, [3, 4, 6, 3], params, scope),
};
