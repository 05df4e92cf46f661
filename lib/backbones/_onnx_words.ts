/** Where the features of a network are, in words. */
import type { Shape } from "../graph/graph.ts";
import type { FeatureNetwork } from "./_onnx_output.ts";

/** What the words depend on of the backbone's parameters. */
export interface FeatureSettings {
  readonly output: string | null;
  readonly pool: "average" | "flatten";
}

/** `"onnx::Gemm_512" [N, 512], before the classifier "fc"`. */
export function featureWords(network: FeatureNetwork, { output, pool }: FeatureSettings): string {
  const { classifier } = network;
  const tensor = [JSON.stringify(network.output), ...shapes(network.shapeOf(network.output), pool)].join(" ");
  if (output !== null) return `${tensor}, named by "output"`;
  if (classifier === undefined) return `${tensor}, the first output, since no classifier was found`;
  return `${tensor}, before the classifier${classifier === "" ? "" : ` "${classifier}"`}`;
}

/** The shape of the tensor, and what pooling makes of maps and tokens. */
function shapes(shape: Shape | undefined, pool: FeatureSettings["pool"]): readonly string[] {
  if (shape === undefined) return [];
  const [, ...image] = shape;
  if (image.length < 2) return [text(image)];
  if (pool === "flatten") return [text(image), "flattened"];
  const [first, ...rest] = image;
  const features = rest.length === 1 ? rest[0] : first;
  return [text(image), `averaged to ${text([features])}`];
}

function text(image: Shape): string {
  return `[${["N", ...image].join(", ")}]`;
}
