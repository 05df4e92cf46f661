/** Decodes every image once and packs the squares into one file, so that training reads and never decodes. */
import { UserError } from "../base/errors.ts";
import { imageSize } from "../compile/pipeline_model.ts";
import type { Landmarks, Reject } from "../contracts/data.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { Blob, BlobRef } from "../contracts/store.ts";
import type { PrepareOptions } from "../contracts/world.ts";
import { readRows } from "./_json_rows.ts";
import { type FaceRow, type PackedIndex, toJson } from "./_tables.ts";

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
  const { paths, landmarks } = await listFaces(inputs["dataset.faces"]);
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
    refuseTooMany(rejects, paths.length, pipeline.dataset.tolerate);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  if (rejects.length > 0) context.warn(`${rejects.length} unusable images are left out: ${listed(rejects)}`);
  return {
    packed: await writer.close(),
    index: await context.put(toJson({ size: options.size, faces: kept } satisfies PackedIndex)),
    rejects: await context.put(toJson(rejects)),
  };
}

/** What of each face is needed here. */
interface FaceList {
  readonly paths: string[];
  readonly landmarks: (Landmarks | null)[];
}

async function listFaces(table: Blob): Promise<FaceList> {
  const list: FaceList = { paths: [], landmarks: [] };
  for await (const { file, landmarks } of readRows<FaceRow>(table)) {
    list.paths.push(file);
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

function refuseTooMany(rejects: readonly Reject[], total: number, tolerate: number): void {
  if (rejects.length <= tolerate * total) return;
  const share = ((100 * rejects.length) / total).toFixed(1);
  throw new UserError(
    `Cannot prepare the images: ${rejects.length} of ${total} (${share} %) cannot be used, dataset.tolerate allows ` +
      `${100 * tolerate} %; mend or remove them, or raise dataset.tolerate: ${listed(rejects)}`,
  );
}

/** The first few of a list of rejects, with their reasons. */
function listed(rejects: readonly Reject[]): string {
  const shown = rejects.slice(0, 5).map(({ file, reason }) => `${file} (${reason})`);
  return shown.join(", ") + (rejects.length > shown.length ? ", …" : "");
}
