/** A graph that does not hold together: an unknown operator, types or shapes that do not fit, a missing gradient. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}
