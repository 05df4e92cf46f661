/** Typed helpers for plug-ins of one's own: they give back what they are given, checked against the socket. */
import type { Augmentation, DatasetReader, Metric } from "../contracts/data.ts";
import type { Backbone, Head, Loss } from "../contracts/model.ts";

/** Images to features. */
export function defineBackbone<P>(backbone: Backbone<P>): Backbone<P> {
  return backbone;
}

/** Features to logits, and logits to ages. */
export function defineHead<P>(head: Head<P>): Head<P> {
  return head;
}

/** Logits and labels to a scalar. */
export function defineLoss<P>(loss: Loss<P>): Loss<P> {
  return loss;
}

/** A random change of a training image. */
export function defineAugmentation<P>(augmentation: Augmentation<P>): Augmentation<P> {
  return augmentation;
}

/** A folder to labelled faces. */
export function defineReader<P>(reader: DatasetReader<P>): DatasetReader<P> {
  return reader;
}

/** Predictions to a figure. */
export function defineMetric<P>(metric: Metric<P>): Metric<P> {
  return metric;
}
