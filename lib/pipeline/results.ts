/** Which files a finished run leaves, and what is in them. */
import type { Pipeline } from "../contracts/pipeline.ts";
import type { ResultFile, ResultPlace } from "../contracts/results.ts";
import type { World } from "../contracts/world.ts";
import { lockText } from "./lock.ts";
import { artifactName, producer } from "./order.ts";
import type { RunResult } from "./run.ts";

/** File name by artifact. */
const FILES: Readonly<Record<string, string>> = {
  "evaluate.metrics": "metrics.json",
  "evaluate.predictions": "predictions.csv",
  "train.history": "history.csv",
  "export.model": "model.onnx",
  "export.weights": "model.safetensors",
  "report.page": "report.html",
};

/** Hands the files of a run to the results door of the world; undefined where it has none. */
export async function writeResults(pipeline: Pipeline, world: World, run: RunResult): Promise<ResultPlace | undefined> {
  if (!world.out) return undefined;
  const files: Record<string, ResultFile> = {};
  for (const [artifact, file] of Object.entries(FILES)) {
    const made = run.outcomes.get(producer(artifact))?.outputs[artifactName(artifact)];
    if (made) files[file] = { ...made, open: () => run.open(artifact) };
  }
  const lock = lockText(pipeline, world.provider.name, run.stages, run.outcomes);
  return await world.out.write({ pipeline: pipeline.name, files, texts: { "pipeline.lock": lock } });
}
