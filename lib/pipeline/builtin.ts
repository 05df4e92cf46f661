/** The plug-ins that come with ageline, and a user's own beside them. */
import { augmentations } from "../augmentations/mod.ts";
import { backbones } from "../backbones/mod.ts";
import type { Plugins } from "../contracts/plugins.ts";
import { datasets } from "../datasets/mod.ts";
import { heads } from "../heads/mod.ts";
import { losses } from "../losses/mod.ts";
import { metrics } from "../metrics/mod.ts";
import { optimizers } from "../optim/optimizers/mod.ts";
import { schedules } from "../optim/schedules/mod.ts";
import { reporters } from "../reporters/mod.ts";

export const builtin: Plugins = {
  datasets,
  augmentations,
  backbones,
  heads,
  losses,
  metrics,
  optimizers,
  schedules,
  reporters,
};

/** The built-in plug-ins with a user's own, which come first and so replace built-in ones of the same name. */
export function withBuiltin(own: Partial<Plugins>): Plugins {
  const rooms = Object.keys(builtin) as (keyof Plugins)[];
  const joined = rooms.map((room) => [room, [...(own[room] ?? []), ...builtin[room]]] as const);
  return Object.fromEntries(joined) as unknown as Plugins;
}
