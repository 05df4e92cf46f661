/** How figures are written. */

/** Years with one decimal; a minus sign instead of a hyphen. */
export function years(value: number): string {
  return decimal(value, 1);
}

/** Years with an explicit sign, for biases. */
export function signed(value: number): string {
  const text = years(value);
  return value > 0 && !/^0\.0+$/.test(text) ? `+${text}` : text;
}

/** A share of 0 to 1 as a percentage. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : "–";
}

/** A whole number with thin spaces between thousands. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, "\u2009");
}

/** `singular` or its plural after a count: `1 image`, `2 images`. */
export function counted(value: number, singular: string): string {
  return `${count(value)} ${singular}${value === 1 ? "" : "s"}`;
}

/** A duration, with more digits the shorter it is. */
export function duration(seconds: number): string {
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return seconds >= 10 ? `${Math.round(seconds)} s` : `${seconds.toFixed(1)} s`;
}

export function decimal(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text.replace("-", "−");
}
