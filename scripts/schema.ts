/** Writes `pipelines/pipeline.schema.json`, by which editors complete and check pipeline files. */
import { builtin } from "../lib/pipeline/builtin.ts";
import { schemaText } from "../lib/pipeline/json_schema.ts";

if (import.meta.main) {
  await Deno.writeTextFile("pipelines/pipeline.schema.json", schemaText(builtin));
  console.error("wrote pipelines/pipeline.schema.json");
}
