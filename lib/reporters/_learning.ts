/** The curves of a training. */
import type { EpochRow } from "../contracts/report.ts";
import { ACCENT, type Chart, chartCard, MUTED, SECOND } from "./_charts.ts";
import { decimal, duration, percent, years } from "./_format.ts";
import { type Markup, markup } from "./_markup.ts";

/** Loss, validation error and learning rate by epoch. `baseline`: the error of the best constant, or undefined. */
export async function learning(history: readonly EpochRow[], baseline: number | undefined): Promise<Markup | null> {
  if (history.length === 0) return null;
  const cards = await Promise.all([lossCard(history), errorCard(history, baseline), rateCard(history)]);
  return markup`<section id="learning"><h2>Learning</h2><p class="note">${paceOf(history)}</p>
<div class="row">${cards}</div></section>`;
}

function paceOf(history: readonly EpochRow[]): string {
  const seconds = history.reduce((sum, row) => sum + row.seconds, 0);
  const images = history.reduce((sum, row) => sum + row.images_per_second * row.seconds, 0);
  const waited = history.reduce((sum, row) => sum + row.wait_share * row.seconds, 0);
  const epochs = `${history.length} ${history.length === 1 ? "epoch" : "epochs"} in ${duration(seconds)}`;
  if (seconds === 0) return `${epochs}.`;
  return `${epochs}: ${decimal(images / seconds, 0)} images a second; ${
    percent(waited / seconds)
  } of the time went by waiting for images.`;
}

function lossCard(history: readonly EpochRow[]): Promise<Markup> {
  const values = history.flatMap(({ epoch, train_loss, validation_loss }) => [
    { epoch, loss: train_loss, part: "training" },
    { epoch, loss: validation_loss, part: "validation" },
  ]);
  const last = history[history.length - 1];
  const told = `Loss by epoch: training ends at ${decimal(last.train_loss, 3)}, validation at ${
    decimal(last.validation_loss, 3)
  }`;
  return chartCard("Loss", told, {
    data: { values },
    mark: { type: "line", strokeWidth: 2, point: history.length === 1 },
    encoding: {
      x: epochAxis(history),
      y: { field: "loss", type: "quantitative", scale: { zero: false }, axis: { title: null, tickCount: 5 } },
      color: { field: "part", scale: { domain: ["training", "validation"], range: [ACCENT, SECOND] } },
    },
  });
}

function errorCard(history: readonly EpochRow[], baseline: number | undefined): Promise<Markup> {
  const best = history.reduce((least, row) => row.validation_mae < least.validation_mae ? row : least);
  const label = `best ${years(best.validation_mae)}`;
  const layers: Chart[] = [
    {
      mark: { type: "line", strokeWidth: 2, color: ACCENT },
      encoding: { y: { field: "validation_mae", type: "quantitative" } },
    },
    mark(best.epoch, best.validation_mae, label),
  ];
  if (baseline !== undefined) {
    layers.push(...level(history[history.length - 1].epoch, baseline, `best constant ${years(baseline)}`));
  }
  return chartCard(
    "Validation error, years",
    `Mean absolute error on validation images by epoch, ${label} in epoch ${best.epoch}`,
    {
      data: { values: history },
      encoding: {
        x: epochAxis(history),
        y: { type: "quantitative", scale: { zero: true }, axis: { title: null, tickCount: 5 } },
      },
      layer: layers,
    },
  );
}

/** A dot with a label below it. */
function mark(epoch: number, validation_mae: number, label: string): Chart {
  return {
    data: { values: [{ epoch, validation_mae, label }] },
    encoding: { y: { field: "validation_mae", type: "quantitative" } },
    layer: [
      { mark: { type: "point", filled: true, size: 70, color: ACCENT, opacity: 1 } },
      {
        mark: { type: "text", dy: 16, align: "right", fontSize: 12, fontWeight: 600, color: ACCENT },
        encoding: { text: { field: "label" } },
      },
    ],
  };
}

/** A dashed line across the chart with its name above it. */
function level(epoch: number, value: number, label: string): Chart[] {
  const data = { values: [{ epoch, value, label }] };
  const y = { field: "value", type: "quantitative" };
  return [
    { data, mark: { type: "rule", strokeDash: [5, 4], color: MUTED }, encoding: { y, x: null } },
    {
      data,
      mark: { type: "text", align: "right", dx: -2, dy: -7, fontSize: 12, color: MUTED },
      encoding: { y, text: { field: "label" } },
    },
  ];
}

function rateCard(history: readonly EpochRow[]): Promise<Markup> {
  return chartCard("Learning rate", "Learning rate by epoch", {
    data: { values: history },
    mark: { type: "line", strokeWidth: 2, color: ACCENT, point: history.length === 1 },
    encoding: {
      x: epochAxis(history),
      y: { field: "learning_rate", type: "quantitative", axis: { title: null, tickCount: 5, format: "~g" } },
    },
  });
}

function epochAxis(history: readonly EpochRow[]): Chart {
  return {
    field: "epoch",
    type: "quantitative",
    scale: {
      domain: [history[0].epoch, Math.max(history[history.length - 1].epoch, history[0].epoch + 1)],
      nice: false,
    },
    axis: { title: "epoch", grid: false, tickMinStep: 1, tickCount: 8, format: "d" },
  };
}
