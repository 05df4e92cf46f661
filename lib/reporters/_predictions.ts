/** Predicted against true ages, and the errors. */
import type { Prediction } from "../contracts/data.ts";
import { ACCENT, type Chart, chartCard, MUTED } from "./_charts.ts";
import { percent } from "./_format.ts";
import { type Markup, markup } from "./_markup.ts";

/** More points than this are counted in cells of one year, so that crowds stay readable. */
const MOST_POINTS = 600;

export async function predictionCharts(predictions: readonly Prediction[]): Promise<Markup | null> {
  if (predictions.length === 0) return null;
  const cards = await Promise.all([scatterCard(predictions), errorCard(predictions)]);
  return markup`<section id="predictions"><h2>Predictions</h2><div class="row wide">${cards}</div></section>`;
}

function scatterCard(predictions: readonly Prediction[]): Promise<Markup> {
  const ends = rangeOf(predictions);
  const diagonal = ends.map((age) => ({ age, predicted: age, low: age - 5, high: age + 5 }));
  const told = `Predicted against true age of ${predictions.length} images; the band is five years either way`;
  return chartCard("Predicted against true age", told, {
    height: 300,
    layer: [
      {
        data: { values: diagonal },
        mark: { type: "area", color: MUTED, opacity: 0.14, clip: true },
        encoding: {
          x: ageAxis("age", "true age", ends),
          y: ageAxis("low", "predicted age", ends),
          y2: { field: "high" },
        },
      },
      {
        data: { values: diagonal },
        mark: { type: "line", color: MUTED, strokeWidth: 1, strokeDash: [4, 4] },
        encoding: { x: ageAxis("age", "true age", ends), y: ageAxis("predicted", "predicted age", ends) },
      },
      predictions.length > MOST_POINTS ? cells(predictions, ends) : points(predictions, ends),
    ],
  });
}

function points(predictions: readonly Prediction[], ends: readonly [number, number]): Chart {
  return {
    data: { values: predictions.map(({ age, predicted }) => ({ age, predicted: rounded(predicted) })) },
    mark: { type: "point", filled: true, size: 26, color: ACCENT, opacity: 0.5, strokeWidth: 0 },
    encoding: { x: ageAxis("age", "true age", ends), y: ageAxis("predicted", "predicted age", ends) },
  };
}

/** One square for each year of truth and prediction, the darker the more images fall on it. */
function cells(predictions: readonly Prediction[], ends: readonly [number, number]): Chart {
  const crowds = Map.groupBy(predictions, ({ age, predicted }) => `${Math.round(age)},${Math.round(predicted)}`);
  const values = [...crowds].map(([key, members]) => {
    const [age, predicted] = key.split(",").map(Number);
    return { left: age - 0.5, right: age + 0.5, low: predicted - 0.5, high: predicted + 0.5, images: members.length };
  });
  return {
    data: { values },
    mark: { type: "rect", color: ACCENT, clip: true },
    encoding: {
      x: ageAxis("left", "true age", ends),
      x2: { field: "right" },
      y: ageAxis("low", "predicted age", ends),
      y2: { field: "high" },
      opacity: { field: "images", type: "quantitative", scale: { type: "sqrt", range: [0.12, 1] }, legend: null },
    },
  };
}

function ageAxis(field: string, title: string, domain: readonly [number, number]): Chart {
  return { field, type: "quantitative", scale: { domain, nice: false, zero: false }, axis: { title, tickCount: 6 } };
}

/** The ages, true and predicted, that occur; a margin of a year on both sides. */
function rangeOf(predictions: readonly Prediction[]): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { age, predicted } of predictions) {
    low = Math.min(low, age, predicted);
    high = Math.max(high, age, predicted);
  }
  return [Math.floor(low) - 1, Math.ceil(high) + 1];
}

function errorCard(predictions: readonly Prediction[]): Promise<Markup> {
  const crowds = Map.groupBy(predictions, ({ age, predicted }) => Math.round(predicted - age));
  const values = [...crowds].map(([error, members]) => ({
    left: error - 0.45,
    right: error + 0.45,
    images: members.length,
  }));
  const over = predictions.filter(({ age, predicted }) => predicted > age).length / predictions.length;
  return chartCard("Errors", `Histogram of predicted minus true age; ${percent(over)} are overestimated`, {
    height: 300,
    layer: [
      {
        data: { values },
        mark: { type: "rect", color: ACCENT, opacity: 0.85 },
        encoding: {
          x: { field: "left", type: "quantitative", axis: { title: "predicted minus true age, years", grid: false } },
          x2: { field: "right" },
          y: { field: "images", type: "quantitative", axis: { title: "images", tickMinStep: 1, tickCount: 6 } },
          y2: { datum: 0 },
        },
      },
      {
        data: { values: [{}] },
        mark: { type: "rule", color: MUTED, strokeDash: [4, 4] },
        encoding: { x: { datum: 0 } },
      },
    ],
  });
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
