// Drawing: an anti-aliased stroke along a parabola through three points, in plain + - * / on float64,
// which every runtime rounds alike.

/** Width and height of the images. */
export const SIDE = 28;

/** Stretches of the polyline; it strays from the steepest parabola by less than 0.03 pixels. */
const SEGMENTS = 32;

/**
 * Distance from the middle of the stroke to where it ends, in pixels. The ink (1 - (d / RADIUS)^2)^2 at
 * distance d is half gone at 0.54 RADIUS: strokes look two pixels wide.
 */
const RADIUS = 1.75;

const nearest = new Float64Array(SIDE * SIDE);

/**
 * Draws the curve p(t) = p0 + t (p1' + t p2'), 0 <= t <= 1, that passes p0, p1, p2 at t = 0, 1/2, 1.
 *
 * @param points x0, y0, x1, y1, x2, y2 in pixels; pixel (row, column) has its middle at (column, row).
 * @param image SIDE x SIDE bytes, which are overwritten: 0 is paper, 255 ink.
 */
export function drawParabola(points: Float64Array, image: Uint8Array): void {
  const [x0, y0, x1, y1, x2, y2] = points;
  // Newton's form of the interpolating parabola, expanded around t = 0.
  const xLinear = 4 * x1 - 3 * x0 - x2;
  const yLinear = 4 * y1 - 3 * y0 - y2;
  const xSquare = 2 * (x0 - 2 * x1 + x2);
  const ySquare = 2 * (y0 - 2 * y1 + y2);
  nearest.fill(RADIUS * RADIUS);
  let fromX = x0;
  let fromY = y0;
  for (let i = 1; i <= SEGMENTS; i++) {
    const t = i / SEGMENTS;
    const toX = x0 + t * (xLinear + t * xSquare);
    const toY = y0 + t * (yLinear + t * ySquare);
    measureSegment(fromX, fromY, toX, toY);
    fromX = toX;
    fromY = toY;
  }
  for (let pixel = 0; pixel < nearest.length; pixel++) {
    const ink = 1 - nearest[pixel] / (RADIUS * RADIUS);
    image[pixel] = 255 * ink * ink + 0.5;
  }
}

/** Lowers the squared distances of the pixels around a segment to what they are from it. */
function measureSegment(fromX: number, fromY: number, toX: number, toY: number): void {
  const dx = toX - fromX;
  const dy = toY - fromY;
  const squaredLength = dx * dx + dy * dy;
  const perLength = squaredLength > 0 ? 1 / squaredLength : 0;
  const left = clamp(Math.ceil((dx < 0 ? toX : fromX) - RADIUS));
  const right = clamp(Math.floor((dx < 0 ? fromX : toX) + RADIUS));
  const top = clamp(Math.ceil((dy < 0 ? toY : fromY) - RADIUS));
  const bottom = clamp(Math.floor((dy < 0 ? fromY : toY) + RADIUS));
  for (let row = top; row <= bottom; row++) {
    const py = row - fromY;
    for (let column = left; column <= right; column++) {
      const px = column - fromX;
      let along = (px * dx + py * dy) * perLength;
      if (along < 0) along = 0;
      if (along > 1) along = 1;
      const ex = px - along * dx;
      const ey = py - along * dy;
      const squared = ex * ex + ey * ey;
      const pixel = row * SIDE + column;
      if (squared < nearest[pixel]) nearest[pixel] = squared;
    }
  }
}

function clamp(position: number): number {
  return position < 0 ? 0 : position > SIDE - 1 ? SIDE - 1 : position;
}
