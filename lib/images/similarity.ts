/** Similarity transforms of the plane: a turn, a scale and a shift, never a reflection. */

/** Sends (x, y) to (a x - b y + right, b x + a y + down). */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly right: number;
  readonly down: number;
}

/**
 * The similarity that brings points nearest to others, by least squares; both lists are x0, y0, x1, y1, … It is Umeyama's (Least-Squares
 * Estimation of Transformation Parameters Between Two Point Patterns, 1991), which in the plane needs no singular values: the
 * problem is linear in a, b and the shift.
 * @returns undefined where all points, or all their goals, lie at one place.
 */
export function nearestSimilarity(points: readonly number[], goals: readonly number[]): Similarity | undefined {
  const [middleX, middleY] = middleOf(points);
  const [goalX, goalY] = middleOf(goals);
  let along = 0;
  let across = 0;
  let spread = 0;
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i] - middleX;
    const y = points[i + 1] - middleY;
    const u = goals[i] - goalX;
    const v = goals[i + 1] - goalY;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  if (spread === 0 || (along === 0 && across === 0)) return undefined;
  const a = along / spread;
  const b = across / spread;
  return { a, b, right: goalX - a * middleX + b * middleY, down: goalY - b * middleX - a * middleY };
}

function middleOf(points: readonly number[]): [number, number] {
  let x = 0;
  let y = 0;
  for (let i = 0; i < points.length; i += 2) {
    x += points[i];
    y += points[i + 1];
  }
  const count = points.length / 2;
  return [x / count, y / count];
}

/** The similarity that undoes another. */
export function inverse({ a, b, right, down }: Similarity): Similarity {
  const square = a * a + b * b;
  const p = a / square;
  const q = -b / square;
  return { a: p, b: q, right: -(p * right - q * down), down: -(q * right + p * down) };
}

/** How much longer it makes a line. */
export function scaleOf({ a, b }: Similarity): number {
  return Math.hypot(a, b);
}
