/** Decodes every image once and packs the squares into one file, so that training reads and never decodes. */
import type { Digest } from "../base/digest.ts";
import { UserError } from "../base/errors.ts";
import { imageSize } from "../compile/pipeline_model.ts";
import type { Landmarks, Reject } from "../contracts/data.ts";
import type { Files } from "../contracts/files.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { Blob, BlobRef } from "../contracts/store.ts";
import type { PrepareOptions } from "../contracts/world.ts";
import { readRows } from "./_json_rows.ts";
import { type FaceRow, type PackedIndex, toJson } from "./_tables.ts";
import { listed } from "./_words.ts";

export const images: Stage = {
  name: "images",
  about: "Decodes, cuts or aligns, and resizes the images, in parallel, into one packed file.",
  version: 1,
  needs: ["dataset.faces"],
  makes: ["packed", "index", "rejects"],
  numeric: false,
  params: (pipeline, plugins) => {
    const { tolerate, crop, align } = pipeline.dataset;
    return { size: imageSize(pipeline, plugins), tolerate, crop, align };
  },
  run,
};

async function run(inputs: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  const { paths, digests, landmarks } = await listFaces(inputs["dataset.faces"]);
  const options = optionsOf(pipeline, landmarks, context);
  const files = context.world.files(pipeline.dataset.path);
  const writer = await context.writer();
  const kept: number[] = [];
  const rejects: Reject[] = [];
  let done = 0;
  try {
    for await (const image of context.world.images.prepare(files, paths, options)) {
      if (image.pixels) {
        await writer.write(image.pixels.data);
        kept.push(done);
      } else {
        rejects.push({ file: image.path, reason: image.reason ?? "cannot be read" });
      }
      context.progress({ done: ++done, total: paths.length, unit: "images" });
      context.world.signal.throwIfAborted();
    }
    await refuseChanged(paths, digests, context.world.files(pipeline.dataset.path));
    refuseTooMany(rejects, paths.length, pipeline.dataset.tolerate);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  if (rejects.length > 0) context.warn(`${rejects.length} unusable images are left out: ${withReasons(rejects)}`);
  return {
    packed: await writer.close(),
    index: await context.put(toJson({ size: options.size, faces: kept } satisfies PackedIndex)),
    rejects: await context.put(toJson(rejects)),
  };
}

/** What of each face is needed here. */
interface FaceList {
  readonly paths: string[];
  /** Of the files as the dataset stage found them. */
  readonly digests: Digest[];
  readonly landmarks: (Landmarks | null)[];
}

async function listFaces(table: Blob): Promise<FaceList> {
  const list: FaceList = { paths: [], digests: [], landmarks: [] };
  for await (const { file, digest, landmarks } of readRows<FaceRow>(table)) {
    list.paths.push(file);
    list.digests.push(digest);
    list.landmarks.push(landmarks ?? null);
  }
  return list;
}

function optionsOf(
  pipeline: Pipeline,
  landmarks: FaceList["landmarks"],
  { plugins }: StageContext,
): PrepareOptions {
  const { crop, align } = pipeline.dataset;
  return {
    size: imageSize(pipeline, plugins),
    ...crop === null ? {} : { crop },
    ...align === null ? {} : { landmarks },
  };
}

/**
 * The packed images are known by the digests of their files: pixels of other files would be taken for these for ever.
 * @param files a new door on the folder, which lists it as it is now.
 */
async function refuseChanged(paths: readonly string[], digests: readonly Digest[], files: Files): Promise<void> {
  const present = new Set((await files.list()).map(({ path }) => path));
  const changed: string[] = [];
  for (const [i, path] of paths.entries()) {
    if (!present.has(path) || await files.digest(path) !== digests[i]) changed.push(path);
  }
  if (changed.length === 0) return;
  throw new UserError(
    `Cannot prepare the images: ${changed.length} of ${paths.length} changed while they were read ` +
      `(${listed(changed, 5)}); leave them alone, and run the same command again`,
  );
}

function refuseTooMany(rejects: readonly Reject[], total: number, tolerate: number): void {
  if (rejects.length <= tolerate * total) return;
  const share = ((100 * rejects.length) / total).toFixed(1);
  throw new UserError(
    `Cannot prepare the images: ${rejects.length} of ${total} (${share} %) cannot be used, dataset.tolerate allows ` +
      `${100 * tolerate} %; mend or remove them, or raise dataset.tolerate: ${withReasons(rejects)}`,
  );
}

/** The first few of a list of rejects, with their reasons. */
function withReasons(rejects: readonly Reject[]): string {
  const shown = rejects.slice(0, 5).map(({ file, reason }) => `${file} (${reason})`);
  return shown.join(", ") + (rejects.length > shown.length ? ", …" : "");
}
