/** `backbone`: the plug-in, the weights that it starts from, and how much of it trains. */
import type { Backbone } from "../contracts/model.ts";
import type { BackboneSpec } from "../contracts/pipeline.ts";
import { checked, keysOf } from "./issues.ts";
import { namedPath } from "./named_path.ts";
import { backboneSchema } from "./schema.ts";
import { type Checking, checkSlot, mapAt } from "./sections.ts";
import { child, type Dict, filtered, placeOf } from "./tree.ts";

const OWN = keysOf(backboneSchema);

export function checkBackbone(checking: Checking): BackboneSpec | undefined {
  const { findings, plugins } = checking;
  const room = { word: "backbone", plugins: plugins.backbones as readonly Backbone<unknown>[] };
  const named = checkSlot<Backbone<unknown>>(room, ["backbone"], checking, { own: OWN });
  const dict = mapAt(checking, ["backbone"]);
  const tree = filtered(dict, (key) => OWN.includes(key));
  const spec = checked(backboneSchema, { tree, path: ["backbone"] }, findings);
  if (!named?.use || !spec) return undefined;
  const { file } = named.plugin;
  const params = file === undefined ? named.use.params : { ...named.use.params, [file]: fileAt(dict, file, checking) };
  const weights = fileAt(dict, "weights", checking) ?? null;
  const given = file !== undefined || weights !== null;
  refuseEmptyFreeze(dict, spec.train, given, checking);
  return {
    use: named.use.use,
    params,
    weights,
    train: layersOf(spec.train),
    lr_scale: spec.lr_scale,
    batch_norm: spec.batch_norm ?? (given ? "frozen" : "train"),
  };
}

function fileAt(dict: Dict, key: string, checking: Checking): string | undefined {
  return namedPath({ dict, key, kind: "file", where: `backbone.${key}` }, checking);
}

/** `last 3` as 3. */
function layersOf(train: string): BackboneSpec["train"] {
  if (train === "all" || train === "none") return train;
  return Number(train.slice("last ".length));
}

/** Layers that neither come with weights nor learn would stay random. */
function refuseEmptyFreeze(dict: Dict, train: string, given: boolean, { findings }: Checking): void {
  if (train === "all" || given) return;
  const place = child(dict, "train")?.place ?? placeOf(dict, []);
  findings.complain(
    place,
    `"backbone.train: ${train}" leaves layers as they start, which is at random: name "backbone.weights", ` +
      'or a network with "use: onnx"',
  );
}
