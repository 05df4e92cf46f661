/** The JSON Schema of pipeline files, for editors: made of the same zod schemas that check them. */
import { z, type ZodType } from "zod";
import type { Plugin } from "../contracts/plugin.ts";
import type { Plugins } from "../contracts/plugins.ts";
import {
  backboneSchema,
  datasetSchema,
  evaluateSchema,
  exportSchema,
  headerSchema,
  reportSchema,
  splitSchemas,
  trainSchema,
  weightsSchema,
} from "./schema.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whoever extends a file writes only what differs, so nothing is required. */
export function pipelineJsonSchema(plugins: Plugins): Json {
  const { $schema, ...header } = jsonOf(headerSchema);
  const dataset = {
    ...jsonOf(datasetSchema).properties as Json,
    split: anyOf(Object.values(splitSchemas).map(partial)),
  };
  const train = jsonOf(trainSchema).properties as Json;
  return {
    $schema,
    title: "ageline pipeline",
    ...header,
    properties: {
      ...header.properties as Json,
      extends: { type: "string", description: "one parent file, relative to this one" },
      dataset: slot(plugins.datasets, dataset),
      augmentation: {
        type: "array",
        items: slot(plugins.augmentations),
        description: "training images only, in this order",
      },
      backbone: slot(plugins.backbones, jsonOf(backboneSchema).properties as Json),
      head: byTask(plugins.heads),
      loss: byTask(plugins.losses),
      train: object({
        ...train,
        optimizer: slot(plugins.optimizers),
        schedule: slot(plugins.schedules),
        weights: bare(jsonOf(weightsSchema)),
      }),
      evaluate: evaluateJson(plugins),
      export: partial(exportSchema),
      report: partial(reportSchema),
    },
    required: undefined,
  };
}

/** A plug-in by its name alone, by `use` with its parameters, or the parameters of the one that a parent names. */
function slot(plugins: readonly Plugin<unknown>[], own: Json = {}): Json {
  const names = { enum: plugins.map((plugin) => plugin.name) };
  const full = plugins.map((plugin) => ({
    ...object({ use: { const: plugin.name }, ...own, ...jsonOf(plugin.params).properties as Json }),
    description: plugin.about,
    required: ["use"],
  }));
  const every = plugins.reduce<Json>((all, plugin) => ({ ...all, ...jsonOf(plugin.params).properties as Json }), {});
  const loose = Object.fromEntries(Object.keys(every).map((name) => [name, {}]));
  return anyOf([names, ...full, object({ ...loose, ...own })]);
}

/** One plug-in, or a map of them by task. */
function byTask(plugins: readonly Plugin<unknown>[]): Json {
  const one = slot(plugins);
  const named = { anyOf: (one.anyOf as readonly Json[]).slice(0, -1) };
  return anyOf([...one.anyOf as readonly Json[], { type: "object", additionalProperties: named }]);
}

function evaluateJson(plugins: Plugins): Json {
  const json = partial(evaluateSchema);
  const metrics = { type: "array", items: { enum: plugins.metrics.map((metric) => metric.name) } };
  return { ...json, properties: { ...json.properties as Json, metrics } };
}

function partial(schema: ZodType): Json {
  return { ...bare(jsonOf(schema)), required: undefined };
}

function bare({ $schema: _, ...json }: Json): Json {
  return json;
}

function jsonOf(schema: ZodType): Json {
  return z.toJSONSchema(schema, { io: "input" }) as Json;
}

function object(properties: Json): Json {
  return { type: "object", properties, additionalProperties: false };
}

function anyOf(schemas: readonly Json[]): Json {
  return { anyOf: schemas };
}

/** The text of `pipelines/pipeline.schema.json`. */
export function schemaText(plugins: Plugins): string {
  return `${JSON.stringify(pipelineJsonSchema(plugins), null, 2)}\n`;
}
