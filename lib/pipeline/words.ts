/** Lists and hints in messages. */
import { nearest } from "../base/errors.ts";

/** `"a", "b" or "c"`. */
export function anyOf(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name));
  if (quoted.length < 2) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** `; did you mean "x"?`, or the names that there are. */
export function hint(name: string, known: readonly string[]): string {
  const near = name === "" ? undefined : nearest(name, known);
  if (near !== undefined) return `; did you mean "${near}"?`;
  return known.length > 0 ? `; use ${anyOf(known)}` : "";
}
