/** The blocks as one door, for plug-ins from outside. */
export { batchNorm2d } from "./batch_norm.ts";
export { conv2d } from "./conv.ts";
export { dropout } from "./dropout.ts";
export { constant, fanInUniform, heNormal, normal, ones, uniform, values, zeros } from "./initializers.ts";
export { isLabel, labelAxis, levels, normalizedTarget, oneHot, rankAxis } from "./labels.ts";
export { linear } from "./linear.ts";
export { logSigmoid, logSoftmax } from "./logits.ts";
