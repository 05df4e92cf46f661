// Made by `deno task index` from the files of this folder.
import type { Backbone } from "../contracts/model.ts";
import { convnet } from "./convnet.ts";
import { onnx } from "./onnx.ts";
import { resnet18 } from "./resnet18.ts";
import { resnet34 } from "./resnet34.ts";
import { resnet50 } from "./resnet50.ts";

// deno-lint-ignore no-explicit-any
export const backbones: readonly Backbone<any>[] = [
  convnet,
  onnx,
  resnet18,
  resnet34,
  resnet50,
];
