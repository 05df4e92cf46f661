/**
 * Writes the validation and test images of a run as its model takes them, so that other programs can try the model:
 * `deno run --allow-read --allow-write --allow-env scripts/dump_images.ts runs/<pipeline>/<run id> images.npy`
 *
 * The array is uint8 [N,S,S,3], RGB, in the order of `predictions.csv`; images are cut and aligned as in the run.
 */
import { readTable } from "../lib/base/table.ts";
import type { Landmarks } from "../lib/contracts/data.ts";
import type { Files } from "../lib/contracts/files.ts";
import type { DatasetSpec } from "../lib/contracts/pipeline.ts";
import { byName } from "../lib/contracts/plugins.ts";
import type { PrepareOptions } from "../lib/contracts/world.ts";
import { datasets } from "../lib/datasets/mod.ts";
import { decodeModel } from "../lib/graph/decode.ts";
import { folderFiles } from "../runners/files/folder.ts";
import { openImageWorkers } from "../runners/images/image_workers.ts";

/** The header of a NumPy file, format 1.0, for uint8 in C order. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, length & 0xFF, length >> 8]);
  bytes.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), 10);
  return bytes;
}

/** @returns the number of images. @throws Error for an image that can no longer be read. */
async function dump(run: string, target: string): Promise<number> {
  const { columns, rows } = readTable(await Deno.readTextFile(`${run}/predictions.csv`), "predictions.csv");
  const files = rows.map(({ cells }) => cells[columns.indexOf("file")]);
  const size = Number(decodeModel(await Deno.readFile(`${run}/model.onnx`)).metadata["ageline.size"]);
  const { pipeline } = JSON.parse(await Deno.readTextFile(`${run}/pipeline.lock`));
  using out = await Deno.open(target, { write: true, create: true, truncate: true });
  await writeAll(out, npyHeader([files.length, size, size, 3]));
  const folder = folderFiles({ folder: pipeline.dataset.path });
  const options = { size, ...await placing(pipeline.dataset, folder, files) };
  await using workers = openImageWorkers();
  for await (const image of workers.prepare(folder, files, options)) {
    if (!image.pixels) throw new Error(`Cannot decode "${image.path}": ${image.reason}`);
    await writeAll(out, image.pixels.data);
  }
  return files.length;
}

/** Which part of each image the run used. */
async function placing(
  dataset: DatasetSpec,
  folder: Files,
  files: readonly string[],
): Promise<Partial<PrepareOptions>> {
  if (!dataset.align) return dataset.crop ? { crop: dataset.crop } : {};
  const points = new Map<string, Landmarks | undefined>();
  for await (const face of byName(datasets, dataset.use).read(folder, dataset.params)) {
    if (!("reason" in face)) points.set(face.file, face.landmarks);
  }
  return { landmarks: files.map((file) => points.get(file) ?? null) };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

if (import.meta.main) {
  const [run, target] = Deno.args;
  console.log(`${await dump(run, target)} images in ${target}`);
}
