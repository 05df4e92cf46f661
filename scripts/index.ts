/**
 * Writes the index `mod.ts` of every plug-in room: one list of what its files export. A file `one_cycle.ts` exports one value
 * `oneCycle`; a file whose name starts with `_` is shared inside the room and not listed. `--check` writes nothing and fails
 * where an index is stale.
 */
export interface Room {
  readonly folder: string;
  /** Name of the exported list. */
  readonly list: string;
  /** Element type and the contract that it is imported from. */
  readonly type: string;
  readonly from: string;
  /** Files export arrays, which are joined. */
  readonly spread?: boolean;
}

export const ROOMS: readonly Room[] = [
  { folder: "lib/ops/rules", list: "rules", type: "OpRule", from: "../../contracts/op.ts", spread: true },
  { folder: "lib/optim/optimizers", list: "optimizers", type: "Optimizer<any>", from: "../../contracts/optimizer.ts" },
  { folder: "lib/optim/schedules", list: "schedules", type: "Schedule<any>", from: "../../contracts/optimizer.ts" },
  { folder: "lib/datasets", list: "datasets", type: "DatasetReader<any>", from: "../contracts/data.ts" },
  { folder: "lib/augmentations", list: "augmentations", type: "Augmentation<any>", from: "../contracts/data.ts" },
  { folder: "lib/backbones", list: "backbones", type: "Backbone<any>", from: "../contracts/model.ts" },
  { folder: "lib/heads", list: "heads", type: "Head<any>", from: "../contracts/model.ts" },
  { folder: "lib/losses", list: "losses", type: "Loss<any>", from: "../contracts/model.ts" },
  { folder: "lib/metrics", list: "metrics", type: "Metric<any>", from: "../contracts/data.ts" },
  { folder: "lib/reporters", list: "reporters", type: "Reporter", from: "../contracts/report.ts" },
  { folder: "lib/stages", list: "stages", type: "Stage", from: "../contracts/stage.ts" },
];

/** The text of a room's index, from the names of its files. */
export function indexOf(room: Room, files: readonly string[]): string {
  const plugins = files.filter((file) => file.endsWith(".ts") && file !== "mod.ts" && !file.startsWith("_")).sort();
  const names = plugins.map((file) => camelCase(file.slice(0, -3)));
  const any = room.type.includes("<any>") ? "// deno-lint-ignore no-explicit-any\n" : "";
  const type = room.type.replace("<any>", "");
  return [
    "// Made by `deno task index` from the files of this folder.",
    `import type { ${type} } from "${room.from}";`,
    ...plugins.map((file, i) => `import { ${names[i]} } from "./${file}";`),
    "",
    `${any}export const ${room.list}: readonly ${room.type}[] = [`,
    ...names.map((name) => `  ${room.spread ? "..." : ""}${name},`),
    "];",
    "",
  ].join("\n");
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The folders whose index differs from what their files say. */
export function staleRooms(root: string): readonly Room[] {
  return ROOMS.filter((room) => {
    const files = listing(`${root}/${room.folder}`);
    return read(`${root}/${room.folder}/mod.ts`) !== indexOf(room, files);
  });
}

function listing(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter((entry) => entry.isFile).map((entry) => entry.name);
}

function read(file: string): string | undefined {
  try {
    return Deno.readTextFileSync(file);
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const stale = staleRooms(".");
  if (Deno.args.includes("--check")) {
    for (const room of stale) console.error(`${room.folder}/mod.ts is stale: run \`deno task index\``);
    Deno.exit(stale.length > 0 ? 1 : 0);
  }
  for (const room of stale) {
    Deno.writeTextFileSync(`${room.folder}/mod.ts`, indexOf(room, listing(room.folder)));
    console.error(`wrote ${room.folder}/mod.ts`);
  }
}
