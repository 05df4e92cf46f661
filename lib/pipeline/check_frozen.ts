/** What must fit together across sections where the backbone, or most of it, does not train. */
import type { BackboneSpec, TrainSpec, Use } from "../contracts/pipeline.ts";
import { byName } from "../contracts/plugins.ts";
import { type Checking, mapAt } from "./sections.ts";
import { placeOf } from "./tree.ts";

/** The sections that were found right. */
export interface Frozen {
  readonly backbone: BackboneSpec | undefined;
  /** By position in the file; undefined where one is wrong. */
  readonly augmentation: readonly (Use | undefined)[];
  readonly train: TrainSpec | undefined;
}

export function checkFrozen({ backbone, augmentation, train }: Frozen, checking: Checking): void {
  if (backbone === undefined) return;
  if (backbone.train === "none") refuseIdleAugmentation(augmentation, checking);
  if (train?.unfreeze) refuseIdleUnfreezing(backbone, checking);
}

/** Features are computed once, from the image and its mirror image. */
function refuseIdleAugmentation(augmentation: Frozen["augmentation"], { root, plugins, findings }: Checking): void {
  for (const [i, step] of augmentation.entries()) {
    if (step === undefined || byName(plugins.augmentations, step.use).mirrors) continue;
    findings.complain(
      placeOf(root, ["augmentation", i, "use"]),
      `"${step.use}" cannot act with "backbone.train: none", where the features of each image are computed once: ` +
        'leave it out (only mirroring remains), or train layers, such as with "backbone.train: last 3"',
    );
  }
}

function refuseIdleUnfreezing({ train, weights, use }: BackboneSpec, checking: Checking): void {
  const { plugins, findings } = checking;
  const place = placeOf(mapAt(checking, ["train"]), ["unfreeze"]);
  if (train === "none") {
    findings.complain(place, '"train.unfreeze" cannot act with "backbone.train: none": name the layers that may train');
  } else if (weights === null && byName(plugins.backbones, use).file === undefined) {
    findings.complain(
      place,
      '"train.unfreeze" keeps layers as they start, which is at random: name "backbone.weights", ' +
        'or a network with "use: onnx"',
    );
  }
}
