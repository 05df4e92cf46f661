/** Gradual unfreezing (Howard, Ruder: Universal Language Model Fine-tuning, ACL 2018): how much trains in which epoch. */
import type { Pipeline, TrainSpec } from "../contracts/pipeline.ts";

/** How many backbone layers train, counted from the last, by epoch. */
export interface Phases {
  /** @param epoch from 0. */
  layersIn(epoch: number): number;
  /** The first epoch of the phase that an epoch belongs to. */
  startOf(epoch: number): number;
}

/** @param all layers that the backbone has. */
export function phasesOf({ backbone, train }: Pipeline, all: number): Phases {
  const most = mostLayers(backbone.train, all);
  const layersIn = (epoch: number): number => Math.min(most, unfrozen(train.unfreeze, epoch));
  const startOf = (epoch: number): number => {
    let start = epoch;
    while (start > 0 && layersIn(start - 1) === layersIn(epoch)) start--;
    return start;
  };
  return { layersIn, startOf };
}

function mostLayers(train: Pipeline["backbone"]["train"], all: number): number {
  if (train === "none") return 0;
  return train === "all" ? all : Math.min(train, all);
}

function unfrozen(unfreeze: TrainSpec["unfreeze"], epoch: number): number {
  if (unfreeze === null) return Infinity;
  if (epoch < unfreeze.head) return 0;
  return unfreeze.layers * (1 + Math.floor((epoch - unfreeze.head) / unfreeze.every));
}
