// A line search for the strong Wolfe conditions along a descent direction:
//
//   φ(α) ≤ φ(0) + c1 α φ'(0),  |φ'(α)| ≤ c2 |φ'(0)|
//
// Lengths double until an interval is known to hold such a point; that shrinks around it by cubic interpolation.
//
// Source: Nocedal & Wright 2006, algorithms 3.5 and 3.6, interpolation (3.59).

/** The objective along the direction, at one length. */
export interface LinePoint {
  /** α. */
  readonly length: number;
  /** φ(α); infinite where it cannot be evaluated. */
  readonly value: number;
  /** φ'(α). */
  readonly slope: number;
}

/** What counts as found. */
export interface WolfeOptions {
  /** c1. */
  readonly sufficientDecrease: number;
  /** c2. */
  readonly curvature: number;
  /** Lengths to try at most. */
  readonly maxEvaluations: number;
}

/** A trial length keeps this share of the interval from both of its ends. */
const MARGIN = 0.1;
const GROWTH = 2;

/**
 * Finds a point that satisfies both conditions; the best that satisfies the first when evaluations run out, or none.
 *
 * @param pointAt Evaluates φ and φ' at a length.
 * @param start The point at length 0, where φ' < 0.
 * @param first The first length to try.
 */
export function wolfeSearch(
  pointAt: (length: number) => LinePoint,
  start: LinePoint,
  first: number,
  { sufficientDecrease, curvature, maxEvaluations }: WolfeOptions,
): LinePoint | undefined {
  const isLow = ({ length, value }: LinePoint): boolean =>
    value <= start.value + sufficientDecrease * length * start.slope;
  const isFlat = ({ slope }: LinePoint): boolean => Math.abs(slope) <= -curvature * start.slope;

  // low: the best point that satisfies the first condition; high: the other end of an interval that holds both
  let low = start, high: LinePoint | undefined, length = first;
  for (let i = 0; i < maxEvaluations; i++) {
    const point = pointAt(length);
    if (!isLow(point) || (point.value >= low.value && low !== start)) high = point;
    else if (isFlat(point)) return point;
    else {
      const isUphill = high ? point.slope * (high.length - low.length) >= 0 : point.slope >= 0;
      if (isUphill) high = low;
      low = point;
    }
    length = high ? between(low, high) : GROWTH * length;
  }
  return low === start ? undefined : low;
}

/** The minimum of the cubic through both points, kept from the ends; the middle where there is none. */
function between(a: LinePoint, b: LinePoint): number {
  const width = b.length - a.length, middle = a.length + width / 2;
  if (!(b.value < Infinity)) return middle;
  const d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length);
  const root = Math.sqrt(d1 * d1 - a.slope * b.slope), d2 = width > 0 ? root : -root;
  const found = b.length - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  const share = (found - a.length) / width;
  return share >= MARGIN && share <= 1 - MARGIN ? found : middle;
}
