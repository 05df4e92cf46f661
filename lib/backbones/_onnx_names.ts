/** What a compiled graph calls values of its own: inputs and outputs, nodes, constants, weights of the main task's head. */
const TAKEN = new RegExp(
  [
    "^(image|features|loss|loss_scale|lr|step|first|last|gradient_norms?|age|posterior)$",
    "^[A-Z][A-Za-z0-9]*(_\\d+)?$",
    "^constant_\\d+$",
    "^head\\.age\\.",
  ].join("|"),
);

/** The name of a weight in a model: that of the file, with `.weight` behind it where a graph would use it otherwise. */
export function parameterName(name: string): string {
  return TAKEN.test(name) ? `${name}.weight` : name;
}
