/** How many channels the blocked operators hold together: it depends on the vector width of the processor. */
import { tensor } from "../../lib/base/tensor.ts";
import type { Provider } from "../../lib/contracts/provider.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { NCHWC, nchwcRules } from "../../lib/lowering/nchwc.ts";
import { createBuilder } from "../../lib/ops/builder.ts";

/** More channels than any block holds. */
const CHANNELS = 64;

/** Reorders an image of two pixels and looks where the second one of the first channel lands; undefined where that fails. */
export async function probeBlockSize(open: Provider["open"]): Promise<number | undefined> {
  const builder = createBuilder(nchwcRules(1));
  const image = builder.input("image", "float32", [1, CHANNELS, 1, 2]);
  builder.output("blocked", builder.emit("ReorderInput", [image], {}, { domain: NCHWC })[0]);
  try {
    await using session = await open(encodeModel(builder.finish()));
    const counted = Array.from({ length: 2 * CHANNELS }, (_, i) => i);
    const { blocked } = await session.run({ image: tensor("float32", [1, CHANNELS, 1, 2], counted) });
    const block = blocked.data.findIndex((value: number | bigint) => Number(value) === 1);
    return block > 1 ? block : undefined;
  } catch {
    return undefined;
  }
}
