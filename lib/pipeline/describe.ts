/** Plug-ins as plain data, for lists and for editors. */
import { z } from "zod";
import type { Plugin } from "../contracts/plugin.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { Stage } from "../contracts/stage.ts";

/** A parameter in words. */
export interface ParameterText {
  readonly name: string;
  /** Its values: `integer, 1 to 256`, `"mean" | "median"`. */
  readonly values: string;
  /** As JSON; absent where there is none. */
  readonly default?: string;
  /** Whether the parameter must be given. */
  readonly required: boolean;
  readonly about: string;
}

export interface PluginText {
  readonly name: string;
  readonly about: string;
  readonly source?: string;
  readonly parameters: readonly ParameterText[];
}

/** Every plug-in by room. */
export function describeRooms(
  plugins: Plugins,
  stages: readonly Stage[],
): Readonly<Record<string, readonly PluginText[]>> {
  const rooms = Object.entries(plugins).map(([room, list]) =>
    [room, (list as readonly Plain[]).map(describePlugin)] as const
  );
  return { ...Object.fromEntries(rooms), stages: stages.map(describePlugin) };
}

interface Plain {
  readonly name: string;
  readonly about: string;
  readonly source?: string;
  readonly params?: unknown;
}

function describePlugin({ name, about, source, params }: Plain): PluginText {
  const parameters = isSchema(params) ? describeParameters(params) : [];
  return { name, about, ...source === undefined ? {} : { source }, parameters };
}

/** Stages have a function of that name instead. */
function isSchema(params: unknown): params is Plugin<unknown>["params"] {
  return params instanceof z.ZodType;
}

function describeParameters(schema: Plugin<unknown>["params"]): readonly ParameterText[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    values: valuesOf(property),
    ...property.default === undefined ? {} : { default: JSON.stringify(property.default) },
    required: required.includes(name),
    about: property.description ?? "",
  }));
}

/** The part of JSON Schema that parameters use. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

function valuesOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(valuesOf).join(" | ");
  if (schema.prefixItems) return `[${schema.prefixItems.map(valuesOf).join(", ")}]`;
  if (schema.items) return `list of ${valuesOf(schema.items)}`;
  return `${schema.type ?? "any"}${rangeOf(schema)}`;
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const bounds = [
    minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `from ${minimum}` : "",
    exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : "",
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `to ${maximum}` : "",
    exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : "",
  ].filter((bound) => bound !== "");
  return bounds.length > 0 ? ` ${bounds.join(" ")}` : "";
}
