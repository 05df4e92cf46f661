/** `list`: the plug-ins with their parameters. */
import { builtin } from "../../lib/pipeline/builtin.ts";
import { describeRooms, type ParameterText, type PluginText } from "../../lib/pipeline/describe.ts";
import { hint } from "../../lib/pipeline/words.ts";
import { stages } from "../../lib/stages/mod.ts";
import { type CommandLine, UsageError } from "./arguments.ts";

export function listCommand({ names, json }: CommandLine): number {
  const rooms = describeRooms(builtin, stages);
  const known = Object.keys(rooms);
  const wanted = names.length > 0 ? names : known;
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`Cannot list "${unknown}": no such plug-ins${hint(unknown, known)}`);
  const chosen = Object.fromEntries(wanted.map((name) => [name, rooms[name]]));
  console.log(json ? JSON.stringify(chosen) : wanted.map((name) => roomText(name, rooms[name])).join("\n\n"));
  return 0;
}

function roomText(room: string, plugins: readonly PluginText[]): string {
  return [room, ...plugins.map(pluginText)].join("\n");
}

function pluginText({ name, about, source, parameters }: PluginText): string {
  const lines = [`  ${name}: ${about}`];
  if (source !== undefined) lines.push(`      ${source}`);
  for (const parameter of parameters) {
    const { name, values, about } = parameter;
    lines.push(`      ${name}: ${values}, ${standardOf(parameter)}${about && `; ${about}`}`);
  }
  return lines.join("\n");
}

function standardOf(parameter: ParameterText): string {
  if (parameter.required) return "required";
  return parameter.default === undefined ? "optional" : `default ${parameter.default}`;
}
