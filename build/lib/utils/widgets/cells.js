// @ts-check
/** The plane cut into the cells of clusters: convex pieces, and the borders between them. */

/** @typedef {[number, number]} Point */
/** @typedef {{corners: Point[], owner: number}} Piece a convex polygon of the plane that belongs to one cluster */

/** Convex pieces of a rectangle, each with the cluster that it belongs to: cells of the centres, then the edits. */
export function pieces(/** @type {import("./figure.js").View} */ view, /** @type {number[][]} */ edits, /** @type {Point[]} */ box) {
  let list = [...view.cx.keys()].map((j) => {
    let corners = box;
    for (let i = 0; i < view.cx.length && corners.length; i++) {
      if (i !== j) corners = nearer(corners, view.cx[j], view.cy[j], view.cx[i], view.cy[i]);
    }
    return { corners, owner: j };
  });
  edits.forEach((edit, place) => {
    if (edit.length === 2) {
      list = list.map((piece) => (piece.owner === edit[1] ? { ...piece, owner: edit[0] } : piece));
      return;
    }
    for (const { owner, fresh, cx, cy } of view.cuts[place]) {
      list = list.flatMap((piece) => (piece.owner !== owner ? [piece] : [
        { owner, corners: nearer(piece.corners, cx[0], cy[0], cx[1], cy[1]) },
        { owner: fresh, corners: nearer(piece.corners, cx[1], cy[1], cx[0], cy[0]) },
      ]));
    }
  });
  return list.filter(({ corners }) => corners.length > 2);
}

/** The part of a convex polygon that is nearer to a than to b. @param {Point[]} corners @param {number} ax @param {number} ay @param {number} bx @param {number} by @returns {Point[]} */
function nearer(corners, ax, ay, bx, by) {
  const [nx, ny] = [bx - ax, by - ay];
  const limit = (bx * bx + by * by - ax * ax - ay * ay) / 2;
  const side = corners.map(([x, y]) => nx * x + ny * y - limit);
  if (side.every((value) => value <= 0)) return corners;
  /** @type {Point[]} */
  const kept = [];
  corners.forEach(([x, y], i) => {
    const next = (i + 1) % corners.length;
    if (side[i] <= 0) kept.push([x, y]);
    if (side[i] <= 0 !== side[next] <= 0) {
      const share = side[i] / (side[i] - side[next]);
      kept.push([x + share * (corners[next][0] - x), y + share * (corners[next][1] - y)]);
    }
  });
  return kept;
}

/** The lines between pieces of different clusters, as the path of an SVG; corners in pixels. @param {Piece[]} list */
export function borders(list) {
  const edges = list.flatMap(({ corners, owner }) => corners.map((from, i) => {
    const to = corners[(i + 1) % corners.length];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const [ux, uy] = length ? [(to[0] - from[0]) / length, (to[1] - from[1]) / length] : [0, 0];
    return { from, length, ux, uy, owner, height: ux * from[1] - uy * from[0] };
  })).filter(({ length }) => length > 1e-6);
  let path = "";
  for (let i = 0; i < edges.length; i++) {
    for (let j = i + 1; j < edges.length; j++) {
      const [one, other] = [edges[i], edges[j]];
      // Neighbours run along a common border in opposite directions.
      if (one.owner === other.owner || one.ux * other.ux + one.uy * other.uy > -0.99999 || Math.abs(one.height + other.height) > 0.05) continue;
      const at = (other.from[0] - one.from[0]) * one.ux + (other.from[1] - one.from[1]) * one.uy;
      const [low, high] = [Math.max(0, at - other.length), Math.min(one.length, at)];
      if (high - low < 0.01) continue;
      const point = (/** @type {number} */ t) => `${(one.from[0] + t * one.ux).toFixed(2)} ${(one.from[1] + t * one.uy).toFixed(2)}`;
      path += `M${point(low)}L${point(high)}`;
    }
  }
  return path;
}

/** @param {Point[]} corners of a convex polygon @param {number} x @param {number} y */
export function inside(corners, x, y) {
  const sides = corners.map(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length];
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
  });
  return sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
}
