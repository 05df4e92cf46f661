/** What the speed of training and of inference is measured on. */
import { UserError } from "../lib/base/errors.ts";

/** A network by what it is made from: our own ResNet-18, an ONNX file, or a module of networks.py that PyTorch exports. */
export type Network =
  | { readonly from: "resnet18"; readonly width: number; readonly stem: "imagenet" | "small" }
  | { readonly from: "file"; readonly path: string; readonly output: string }
  | { readonly from: "module"; readonly module: "vit_tiny" | "swin_tiny" };

export interface Row {
  readonly name: string;
  readonly about: string;
  readonly network: Network;
  /** Side of the square images in pixels. */
  readonly image: number;
  readonly batch: number;
  readonly optimizer: "sgd" | "adamw";
  /** Least speed of training that is wanted, in parts of PyTorch's with each memory format. */
  readonly wanted: { readonly default: number; readonly channels_last?: number };
}

const RESNET_WANTED = { default: 1, channels_last: 0.9 };
const resnet112 = { network: { from: "resnet18", width: 64, stem: "imagenet" }, image: 112, batch: 32 } as const;

/** Weights of face recognition are not ours to ship: this row is for those who have the file. */
export const MOBILEFACENET = "../shared/data/weights/insightface-mobilefacenet.converted.onnx";

export const ROWS: readonly Row[] = [
  {
    name: "resnet112",
    about: "ResNet-18, width 64",
    ...resnet112,
    optimizer: "sgd",
    wanted: RESNET_WANTED,
  },
  {
    name: "resnet112_adamw",
    about: "ResNet-18, width 64",
    ...resnet112,
    optimizer: "adamw",
    wanted: RESNET_WANTED,
  },
  {
    name: "resnet64",
    about: "ResNet-18, width 32, small stem",
    network: { from: "resnet18", width: 32, stem: "small" },
    image: 64,
    batch: 64,
    optimizer: "adamw",
    wanted: RESNET_WANTED,
  },
  {
    name: "mobilefacenet",
    about: "MobileFaceNet, all layers trained",
    network: { from: "file", path: MOBILEFACENET, output: "fc1" },
    image: 112,
    batch: 32,
    optimizer: "adamw",
    wanted: { default: 1 },
  },
  {
    name: "vit",
    about: "ViT-tiny, 12 blocks, patches of 16",
    network: { from: "module", module: "vit_tiny" },
    image: 112,
    batch: 16,
    optimizer: "adamw",
    wanted: { default: 0.8 },
  },
  {
    name: "swin",
    about: "Swin-tiny, 2 blocks in each of 3 stages, windows of 7",
    network: { from: "module", module: "swin_tiny" },
    image: 112,
    batch: 16,
    optimizer: "adamw",
    wanted: { default: 0.8 },
  },
];

/** Classes that every network tells apart. */
export const CLASSES = 40;

/** The rows of these names, all where there are none. @throws UserError for a name that there is not. */
export function chooseRows(names: readonly string[]): readonly Row[] {
  const known = ROWS.map((row) => row.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UserError(`Cannot find the row "${unknown}": there are ${known.join(", ")}`);
  return names.length === 0 ? ROWS : ROWS.filter((row) => names.includes(row.name));
}
