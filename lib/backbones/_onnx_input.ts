/** The image input of a network, and the network for images of one shape. */
import { UserError } from "../base/errors.ts";
import type { Value } from "../contracts/op.ts";
import type { Graph, ValueInfo } from "../graph/graph.ts";

/** A network whose image input has the shape of the images. */
export interface BoundNetwork {
  readonly graph: Graph;
  /** Name of its image input. */
  readonly input: string;
}

/**
 * `network` for images [N,3,S,S] of float32; a batch that the file fixes gives way.
 * @throws UserError where the network has further inputs, or takes something else than such images.
 */
export function networkFor(network: Graph, images: Value, side: number): BoundNetwork {
  const input = imageInput(network);
  checkImage(input, side);
  const bound: ValueInfo = { name: input.name, type: "float32", shape: images.shape };
  return {
    graph: { ...network, inputs: [bound], types: new Map() },
    input: input.name,
  };
}

/** The one input that is no weight. Old files list weights among the inputs. */
function imageInput({ inputs, constants }: Graph): ValueInfo {
  const free = inputs.filter(({ name }) => !constants.has(name));
  if (free.length === 1) return free[0];
  const names = free.map(({ name }) => `"${name}"`).join(", ");
  throw new UserError(`it has ${free.length} inputs (${names}), a backbone takes one: the images`);
}

function checkImage({ name, type, shape = ["N", 3, "H", "W"] }: ValueInfo, side: number): void {
  const is = `its input "${name}" is ${type} [${shape.join(", ")}]`;
  if (type !== "float32") throw new UserError(`${is}, export it with float32 images [N, 3, S, S]`);
  if (shape.length !== 4) throw new UserError(`${is}, images are [N, 3, S, S]`);
  const [, channels, height, width] = shape;
  if (typeof channels === "number" && channels !== 3) {
    const advice = width === 3 ? "export it with channels first" : "export it for images of three channels";
    throw new UserError(`${is}, ${advice}: [N, 3, S, S]`);
  }
  const fixed = [height, width].filter((length) => typeof length === "number");
  if (new Set(fixed).size > 1) throw new UserError(`${is}, only square images are known`);
  if (fixed.some((length) => length !== side)) {
    throw new UserError(`${is} and "image" is ${side}, write "image: ${fixed[0]}"`);
  }
}
