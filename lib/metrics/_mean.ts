import type { Prediction } from "../contracts/data.ts";

/** The mean of a figure over at least one prediction. */
export function mean(predictions: readonly Prediction[], figure: (prediction: Prediction) => number): number {
  return predictions.reduce((sum, prediction) => sum + figure(prediction), 0) / predictions.length;
}

/** Predicted minus true age, years. */
export function errorOf({ age, predicted }: Prediction): number {
  return predicted - age;
}
