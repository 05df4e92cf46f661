/**
 * Makes fixtures/models/drawn_faces.onnx again: draws people who are not in fixtures/faces, trains on them, keeps the exported model.
 *
 *     deno run -A scripts/face_model.ts [FOLDER for the drawings, default a temporary one]
 *
 * It takes a quarter of an hour on two cores, half of it for drawing. The bytes are the same on machines of one kind.
 */
import { drawOthers } from "../fixtures/generator/others.ts";
import { loadPipeline } from "../runners/load.ts";
import { createProvider } from "../runners/providers/mod.ts";
import { sha256 } from "../runners/stores/sha256.ts";
import { openWorld } from "../runners/world.ts";
import type { RunEvent } from "../lib/pipeline/events.ts";
import { runPipeline } from "../lib/pipeline/run.ts";

const RECIPE = "fixtures/models/drawn_faces.yaml";
const MODEL = "fixtures/models/drawn_faces.onnx";
const PEOPLE = 2400;

/** Trains on the drawings of a folder and writes the model. */
async function train(faces: string, cache: string): Promise<void> {
  const pipeline = await loadPipeline(RECIPE, { overrides: [`dataset.path=${faces}`] });
  await using world = openWorld({ provider: createProvider("cpu"), cache });
  const run = await runPipeline(pipeline, world, { onEvent: tell });
  const model = await (await run.open("export.model")).bytes();
  await Deno.writeFile(MODEL, model);
  console.log(await (await run.open("train.history")).text());
  console.log(`${MODEL}: ${model.length} bytes, sha-256 ${sha256(model)}`);
}

function tell(event: RunEvent): void {
  if (event.kind === "finished") console.error(`${event.stage}: ${event.row.seconds.toFixed(1)} s`);
  if (event.kind === "warning") console.error(event.message);
}

if (import.meta.main) {
  const scratch = await Deno.makeTempDir();
  try {
    const faces = Deno.args[0] ?? `${scratch}/faces`;
    console.error(`${await drawOthers(PEOPLE, faces)} faces in ${faces}`);
    await train(faces, `${scratch}/cache`);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
