/**
 * A map without tiles: an outline of the lands, a graticule, and sites gathered where they are close.
 *
 * Plate carrée: longitude and latitude are the plane; straight meridians serve a map of sites.
 */

/** A point in degrees: longitude, latitude. */
export type Degrees = readonly [number, number];

/** What is in sight: the middle, and how many pixels a degree takes. */
export interface View {
  longitude: number;
  latitude: number;
  pxPerDegree: number;
}

export const PX_PER_DEGREE_MIN = 2;
export const PX_PER_DEGREE_MAX = 4_000;
const SPAN_DEGREES_MIN = 3;
const MARGIN = 1.3;

export function clamped(view: View): View {
  const bound = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
  return {
    longitude: bound(view.longitude, 180),
    latitude: bound(view.latitude, 90),
    pxPerDegree: Math.max(PX_PER_DEGREE_MIN, Math.min(PX_PER_DEGREE_MAX, view.pxPerDegree)),
  };
}

/** Return the view that holds all points, never closer than a few degrees. */
export function fitting(points: readonly Degrees[], width: number, height: number): View {
  if (points.length === 0) return { longitude: 10, latitude: 4, pxPerDegree: 12 };
  const longitudes = points.map((one) => one[0]);
  const latitudes = points.map((one) => one[1]);
  const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
  const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)];
  const across = Math.max(SPAN_DEGREES_MIN, (east - west) * MARGIN);
  const upright = Math.max(SPAN_DEGREES_MIN, (north - south) * MARGIN);
  return clamped({
    longitude: (west + east) / 2,
    latitude: (south + north) / 2,
    pxPerDegree: Math.min(width / across, height / upright),
  });
}

/** Return where a point stands on the screen. */
export function placeOf([longitude, latitude]: Degrees, view: View, width: number, height: number) {
  return {
    x: width / 2 + (longitude - view.longitude) * view.pxPerDegree,
    y: height / 2 - (latitude - view.latitude) * view.pxPerDegree,
  };
}

export interface Placed<T> {
  item: T;
  x: number;
  y: number;
}

export interface Cluster<T> {
  items: T[];
  x: number;
  y: number;
}

/**
 * Gather what would overlap: each point joins the first cluster that is nearer than `reachPx`.
 *
 * The order of the points decides, so it is by place: the same sites always gather alike.
 */
export function clustersOf<T>(points: readonly Placed<T>[], reachPx: number): Cluster<T>[] {
  const clusters: Cluster<T>[] = [];
  const sorted = [...points].sort((left, right) => left.x - right.x || left.y - right.y);
  for (const { item, x, y } of sorted) {
    const near = clusters.find((one) => Math.hypot(one.x - x, one.y - y) < reachPx);
    if (near === undefined) {
      clusters.push({ items: [item], x, y });
      continue;
    }
    const count = near.items.length;
    near.x = (near.x * count + x) / (count + 1);
    near.y = (near.y * count + y) / (count + 1);
    near.items.push(item);
  }
  return clusters;
}

const STEPS = [30, 15, 10, 5, 2, 1, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01];
const LINE_PX_MIN = 90;

export interface Graticule {
  step: number;
  meridians: number[];
  parallels: number[];
}

/** Return the meridians and parallels in sight, as close as they can be read. */
export function graticuleOf(view: View, width: number, height: number): Graticule {
  const step =
    [...STEPS].reverse().find((one) => one * view.pxPerDegree >= LINE_PX_MIN) ?? STEPS[0] ?? 30;
  const lines = (middle: number, px: number, most: number): number[] => {
    const half = px / 2 / view.pxPerDegree;
    const found: number[] = [];
    for (let at = Math.ceil((middle - half) / step); at * step <= middle + half; at += 1) {
      if (Math.abs(at * step) <= most) found.push(Number((at * step).toFixed(4)));
    }
    return found;
  };
  return {
    step,
    meridians: lines(view.longitude, width, 180),
    parallels: lines(view.latitude, height, 90),
  };
}

/** Write degrees as maps do: `9,5° E`. */
export function degreesWritten(value: number, sides: readonly [string, string]): string {
  const text = String(Math.abs(value)).replace(".", ",");
  return value === 0 ? "0°" : `${text}° ${value > 0 ? sides[0] : sides[1]}`;
}

/** The part of TopoJSON that an outline needs. */
export interface Topology {
  arcs: number[][][];
  transform: { scale: number[]; translate: number[] };
  objects: Record<string, { geometries: { type: string; arcs: unknown }[] }>;
}

export interface Ring {
  points: Degrees[];
  west: number;
  east: number;
  south: number;
  north: number;
}

/** Return the rings of the lands; arcs are stored as differences, and shared by neighbours. */
export function ringsOf(topology: Topology, name: string): Ring[] {
  const { scale, translate } = topology.transform;
  const arcs = topology.arcs.map((arc) => {
    let x = 0;
    let y = 0;
    return arc.map(([dx = 0, dy = 0]): Degrees => {
      x += dx;
      y += dy;
      return [x * (scale[0] ?? 1) + (translate[0] ?? 0), y * (scale[1] ?? 1) + (translate[1] ?? 0)];
    });
  });
  const pointsOf = (indices: readonly number[]): Degrees[] =>
    indices.flatMap((index, at) => {
      const arc = index < 0 ? [...(arcs[~index] ?? [])].reverse() : (arcs[index] ?? []);
      return at === 0 ? arc : arc.slice(1);
    });
  const geometries = topology.objects[name]?.geometries ?? [];
  return geometries.flatMap(({ type, arcs: of }) => {
    const polygons = (
      type === "Polygon" ? [of] : type === "MultiPolygon" ? of : []
    ) as number[][][];
    return polygons.flat().map((indices) => boundedBy(pointsOf(indices)));
  });
}

function boundedBy(points: Degrees[]): Ring {
  const ring: Ring = { points, west: 180, east: -180, south: 90, north: -90 };
  for (const [longitude, latitude] of points) {
    ring.west = Math.min(ring.west, longitude);
    ring.east = Math.max(ring.east, longitude);
    ring.south = Math.min(ring.south, latitude);
    ring.north = Math.max(ring.north, latitude);
  }
  return ring;
}

/** Return the rings in sight as one path of SVG. */
export function outlineOf(
  rings: readonly Ring[],
  view: View,
  width: number,
  height: number,
): string {
  const halfX = width / 2 / view.pxPerDegree;
  const halfY = height / 2 / view.pxPerDegree;
  const parts: string[] = [];
  for (const ring of rings) {
    if (ring.east < view.longitude - halfX || ring.west > view.longitude + halfX) continue;
    if (ring.north < view.latitude - halfY || ring.south > view.latitude + halfY) continue;
    const points = ring.points.map((point) => {
      const { x, y } = placeOf(point, view, width, height);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    parts.push(`M${points.join("L")}Z`);
  }
  return parts.join("");
}
