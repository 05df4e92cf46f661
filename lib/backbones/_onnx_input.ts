/** The image input of a network. */
import { UserError } from "../base/errors.ts";
import type { Graph, ValueInfo } from "../graph/graph.ts";

/** A network whose only input are its images, and how it takes them. */
export interface ImageNetwork {
  readonly graph: Graph;
  readonly input: string;
  /** The batch that the file fixes, if it does. */
  readonly batch?: number;
}

/**
 * `network` as one that takes square images of that side.
 * @throws UserError where it has further inputs, or takes something else than float32 images [N,3,S,S].
 */
export function imageNetwork(network: Graph, side: number): ImageNetwork {
  const input = imageInput(network);
  checkImage(input, side);
  const batch = input.shape?.[0];
  const graph = { ...network, inputs: [input] };
  return { graph, input: input.name, ...typeof batch === "number" ? { batch } : {} };
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
  if (width === 3 && channels !== 3) throw new UserError(`${is}, export it with channels first: [N, 3, S, S]`);
  if (typeof channels === "number" && channels !== 3) {
    throw new UserError(`${is}, export it for images of three channels: [N, 3, S, S]`);
  }
  const fixed = [height, width].filter((length) => typeof length === "number");
  if (new Set(fixed).size > 1) throw new UserError(`${is}, only square images are known`);
  if (fixed.some((length) => length !== side)) {
    throw new UserError(`${is} and "image" is ${side}, write "image: ${fixed[0]}"`);
  }
}
