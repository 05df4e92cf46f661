/**
 * Draws the validation error by epoch of several runs into one SVG, for pages in `docs`:
 * `deno run --allow-read --allow-write --allow-env scripts/curves.ts curves.svg frozen=runs/frozen/<run id> finetune=runs/…`
 */
import { compile, type TopLevelSpec } from "vega-lite";
import { parse, View } from "vega";
import { readTable } from "../lib/base/table.ts";

/** One point of a curve. */
export interface Point {
  readonly run: string;
  readonly epoch: number;
  /** Validation MAE in years. */
  readonly mae: number;
}

/** The points of a run's `history.csv`. */
export function pointsOf(run: string, history: string): readonly Point[] {
  const { columns, rows } = readTable(history, "history.csv");
  const epoch = columns.indexOf("epoch");
  const mae = columns.indexOf("validation_mae");
  return rows.map(({ cells }) => ({ run, epoch: Number(cells[epoch]), mae: Number(cells[mae]) }));
}

/** The SVG; its colours suit light and dark pages alike. */
export async function curves(points: readonly Point[]): Promise<string> {
  const runs = [...new Set(points.map(({ run }) => run))];
  const chart = {
    width: 640,
    height: 320,
    background: "white",
    padding: 12,
    data: { values: structuredClone(points) },
    mark: { type: "line", strokeWidth: 2, point: { size: 18 } },
    encoding: {
      x: { field: "epoch", type: "quantitative", axis: { tickMinStep: 1, grid: false } },
      y: {
        field: "mae",
        type: "quantitative",
        scale: { zero: false },
        axis: { title: "validation MAE, years", tickCount: 6 },
      },
      color: {
        field: "run",
        type: "nominal",
        sort: runs,
        legend: { title: null, orient: "top-right", labelLimit: 400 },
      },
    },
  } as unknown as TopLevelSpec;
  const view = new View(parse(compile(chart).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
}

if (import.meta.main) {
  const [target, ...runs] = Deno.args;
  if (target === undefined || runs.length === 0 || runs.some((run) => !run.includes("="))) {
    console.error("Usage: scripts/curves.ts OUT.svg NAME=RUN_FOLDER …");
    Deno.exit(2);
  }
  const named = runs.map((run) => [run.slice(0, run.indexOf("=")), run.slice(run.indexOf("=") + 1)] as const);
  const points = named.map(([name, folder]) => pointsOf(name, Deno.readTextFileSync(`${folder}/history.csv`)));
  await Deno.writeTextFile(target, await curves(points.flat()));
}
