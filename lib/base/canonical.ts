/** One text per value: JSON with sorted keys and no white space, so that equal data has equal digests. */
export function canonical(value: unknown): string {
  if (value === undefined) throw new TypeError("Cannot write undefined as canonical JSON: leave the key out");
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`Cannot write ${value} as canonical JSON: only finite numbers have a text`);
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}
