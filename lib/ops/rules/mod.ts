// Made by `deno task index` from the files of this folder.
import type { OpRule } from "../../contracts/op.ts";
import { activation } from "./activation.ts";
import { argExtreme } from "./arg_extreme.ts";
import { arithmetic } from "./arithmetic.ts";
import { batchNorm } from "./batch_norm.ts";
import { cast } from "./cast.ts";
import { clip } from "./clip.ts";
import { comparison } from "./comparison.ts";
import { concatSplit } from "./concat_split.ts";
import { conv } from "./conv.ts";
import { dropout } from "./dropout.ts";
import { einsum } from "./einsum.ts";
import { gather } from "./gather.ts";
import { gatherElements } from "./gather_elements.ts";
import { gatherNd } from "./gather_nd.ts";
import { layout } from "./layout.ts";
import { matmul } from "./matmul.ts";
import { nonZero } from "./non_zero.ts";
import { normalization } from "./normalization.ts";
import { oneHot } from "./one_hot.ts";
import { pad } from "./pad.ts";
import { pool } from "./pool.ts";
import { power } from "./power.ts";
import { reduction } from "./reduction.ts";
import { reshape } from "./reshape.ts";
import { resize } from "./resize.ts";
import { scan } from "./scan.ts";
import { shape } from "./shape.ts";
import { slice } from "./slice.ts";
import { smoothActivation } from "./smooth_activation.ts";
import { softmax } from "./softmax.ts";
import { space } from "./space.ts";
import { topK } from "./top_k.ts";
import { trilu } from "./trilu.ts";
import { unary } from "./unary.ts";

export const rules: readonly OpRule[] = [
  ...activation,
  ...argExtreme,
  ...arithmetic,
  ...batchNorm,
  ...cast,
  ...clip,
  ...comparison,
  ...concatSplit,
  ...conv,
  ...dropout,
  ...einsum,
  ...gather,
  ...gatherElements,
  ...gatherNd,
  ...layout,
  ...matmul,
  ...nonZero,
  ...normalization,
  ...oneHot,
  ...pad,
  ...pool,
  ...power,
  ...reduction,
  ...reshape,
  ...resize,
  ...scan,
  ...shape,
  ...slice,
  ...smoothActivation,
  ...softmax,
  ...space,
  ...topK,
  ...trilu,
  ...unary,
];
