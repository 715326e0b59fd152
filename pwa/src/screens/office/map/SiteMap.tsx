/** The sites on a map that needs no network: outline and graticule are drawn here. */

import {
  type KeyboardEvent,
  type PointerEvent,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useNavigate } from "react-router";
import { useOfficeWords } from "../../../app/officeWords";
import { actions, useAppDispatch } from "../../../app/store";
import { useAllRows, useProjects } from "../../../app/workplace";
import { Badge, IconButton, Panel } from "../../../components/basics";
import { Icon } from "../../../components/icons";
import {
  type Cluster,
  clamped,
  clustersOf,
  type Degrees,
  degreesWritten,
  fitting,
  graticuleOf,
  outlineOf,
  placeOf,
  type Ring,
  ringsOf,
  type Topology,
  type View,
} from "./map";
import { gravest, LOOKS, type SitePlace, sitesOf } from "./standing";

const HEIGHT_PX = 420;
const REACH_PX = 52;
const STEP_PX = 80;

export default function SiteMap() {
  const { o } = useOfficeWords();
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const sites = useAllRows("site");
  const projects = useProjects();
  const alerts = useAllRows("alert");
  const places = useMemo(
    () => sitesOf(sites ?? [], projects ?? [], alerts ?? []),
    [sites, projects, alerts],
  );
  if (places.length === 0) return null;
  const open = (place: SitePlace): void => {
    const [first] = place.projects;
    if (first === undefined) return;
    dispatch(actions.projectChosen(first.id));
    void navigate(place.projects.length === 1 ? `/projects/${first.id}` : "/projects");
  };
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{o("map.title")}</h2>
      {places.some((one) => one.at !== null) && <Sheet onOpen={open} places={places} />}
      <ul className="grid gap-x-6 sm:grid-cols-2">
        {places.map((one) => (
          <li className="flex flex-wrap items-center gap-x-3" key={one.id}>
            <button
              className="target min-w-0 flex-1 text-left font-semibold break-words text-accent underline"
              onClick={() => open(one)}
              type="button"
            >
              {one.name}
            </button>
            {one.at === null && <span className="text-base text-muted">{o("map.nowhere")}</span>}
            <Badge icon={LOOKS[one.standing].icon} mood={LOOKS[one.standing].mood}>
              {o(`map.standing.${one.standing}`)}
              {one.alerts > 0 && ` (${one.alerts})`}
            </Badge>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Return the outline of the lands, once it is loaded; it comes with the app, never from a network. */
function useRings(): Ring[] {
  const [rings, setRings] = useState<Ring[]>([]);
  useEffect(() => {
    let current = true;
    void import("world-atlas/countries-110m.json").then((module) => {
      if (current) setRings(ringsOf(module.default as unknown as Topology, "countries"));
    });
    return () => {
      current = false;
    };
  }, []);
  return rings;
}

function Sheet({
  places,
  onOpen,
}: {
  places: readonly SitePlace[];
  onOpen: (place: SitePlace) => void;
}) {
  const { o } = useOfficeWords();
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const rings = useRings();
  const placed = useMemo(
    () => places.filter((one): one is SitePlace & { at: Degrees } => one.at !== null),
    [places],
  );
  const whole = useMemo(
    () =>
      fitting(
        placed.map((one) => one.at),
        width || 800,
        HEIGHT_PX,
      ),
    [placed, width],
  );
  // Until somebody moves it, the map shows all sites, also those that arrive.
  const [moved, setMoved] = useState<View | null>(null);
  const view = moved ?? whole;
  const held = useRef<{ x: number; y: number; view: View } | null>(null);

  useLayoutEffect(() => {
    const node = frame.current;
    if (node === null) return;
    const measure = new ResizeObserver(() => setWidth(node.clientWidth));
    measure.observe(node);
    setWidth(node.clientWidth);
    return () => measure.disconnect();
  }, []);

  const pan = (dx: number, dy: number, from = view): void =>
    setMoved(
      clamped({
        ...from,
        longitude: from.longitude - dx / from.pxPerDegree,
        latitude: from.latitude + dy / from.pxPerDegree,
      }),
    );
  const zoom = (factor: number): void =>
    setMoved(clamped({ ...view, pxPerDegree: view.pxPerDegree * factor }));
  const press = (event: KeyboardEvent): void => {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [STEP_PX, 0],
      ArrowRight: [-STEP_PX, 0],
      ArrowUp: [0, STEP_PX],
      ArrowDown: [0, -STEP_PX],
    };
    const step = steps[event.key];
    if (step !== undefined) pan(...step);
    else if (event.key === "+") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else return;
    event.preventDefault();
  };
  const drag = (event: PointerEvent): void => {
    if (held.current === null) return;
    pan(event.clientX - held.current.x, event.clientY - held.current.y, held.current.view);
  };
  const clusters = clustersOf(
    placed.map((item) => ({ item, ...placeOf(item.at, view, width, HEIGHT_PX) })),
    REACH_PX,
  );
  const choose = (cluster: Cluster<SitePlace & { at: Degrees }>): void => {
    const [only] = cluster.items;
    if (cluster.items.length === 1 && only !== undefined) {
      onOpen(only);
      return;
    }
    const closer = fitting(
      cluster.items.map((one) => one.at),
      width,
      HEIGHT_PX,
    );
    // Sites on one spot never come apart: the list below names each of them.
    const nearer = Math.max(closer.pxPerDegree, view.pxPerDegree * 2);
    setMoved(clamped({ ...closer, pxPerDegree: nearer }));
  };

  return (
    <div
      className="relative overflow-hidden rounded-xl border border-line bg-accent-soft"
      ref={frame}
      style={{ height: HEIGHT_PX }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a map is no fieldset. */}
      <div
        aria-label={o("map.label")}
        className="absolute inset-0 touch-none"
        onKeyDown={press}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          held.current = { x: event.clientX, y: event.clientY, view };
        }}
        onPointerMove={drag}
        onPointerUp={() => {
          held.current = null;
        }}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the map is moved by keys too.
        tabIndex={0}
      >
        <Ground rings={rings} view={view} width={width} />
      </div>
      <ul aria-label={o("map.title")}>
        {clusters
          .filter((one) => one.x >= 0 && one.x <= width && one.y >= 0 && one.y <= HEIGHT_PX)
          .map((cluster) => (
            <Marker
              cluster={cluster}
              key={cluster.items.map((one) => one.id).join()}
              onChoose={() => choose(cluster)}
            />
          ))}
      </ul>
      <div className="absolute top-3 right-3 flex flex-col gap-3">
        <IconButton
          className="border border-line bg-panel"
          icon="add"
          label={o("map.closer")}
          onClick={() => zoom(1.6)}
        />
        <IconButton
          className="border border-line bg-panel"
          icon="minus"
          label={o("map.farther")}
          onClick={() => zoom(1 / 1.6)}
        />
        <IconButton
          className="border border-line bg-panel"
          icon="search"
          label={o("map.all")}
          onClick={() => setMoved(null)}
        />
      </div>
    </div>
  );
}

/** The lands and the graticule. */
function Ground({ rings, view, width }: { rings: readonly Ring[]; view: View; width: number }) {
  const { o } = useOfficeWords();
  const outline = useMemo(
    () => (width === 0 ? "" : outlineOf(rings, view, width, HEIGHT_PX)),
    [rings, view, width],
  );
  const { meridians, parallels } = graticuleOf(view, width, HEIGHT_PX);
  const east = [o("map.east"), o("map.west")] as const;
  const north = [o("map.north"), o("map.south")] as const;
  return (
    <svg aria-hidden="true" height={HEIGHT_PX} width={width}>
      <path d={outline} fill="var(--panel)" stroke="var(--muted)" strokeWidth={1} />
      {meridians.map((one) => {
        const { x } = placeOf([one, 0], view, width, HEIGHT_PX);
        return (
          <g key={`m${one}`}>
            <path d={`M${x} 0V${HEIGHT_PX}`} stroke="var(--line)" strokeDasharray="3 5" />
            <text fill="var(--muted)" fontSize={14} x={x + 4} y={HEIGHT_PX - 8}>
              {degreesWritten(one, east)}
            </text>
          </g>
        );
      })}
      {parallels.map((one) => {
        const { y } = placeOf([0, one], view, width, HEIGHT_PX);
        return (
          <g key={`p${one}`}>
            <path d={`M0 ${y}H${width}`} stroke="var(--line)" strokeDasharray="3 5" />
            <text fill="var(--muted)" fontSize={14} x={6} y={y - 4}>
              {degreesWritten(one, north)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

function Marker({ cluster, onChoose }: { cluster: Cluster<SitePlace>; onChoose: () => void }) {
  const { o } = useOfficeWords();
  const { items, x, y } = cluster;
  const standing = gravest(items.map((one) => one.standing));
  const look = LOOKS[standing];
  const [only] = items;
  const single = items.length === 1;
  const said = o(`map.standing.${standing}`);
  const label = single
    ? `${only?.name} — ${said}`
    : o("map.cluster", { count: items.length, standing: said });
  return (
    <li
      className="absolute flex items-center"
      style={{ left: x, top: y, transform: "translate(-1.75rem, -1.75rem)" }}
    >
      <button
        aria-label={label}
        className="target inline-flex items-center justify-center"
        onClick={onChoose}
        title={label}
        type="button"
      >
        <span
          className="inline-flex h-10 w-10 items-center justify-center rounded-full border-4 bg-panel text-base font-bold"
          style={{ borderColor: look.colour, color: look.colour }}
        >
          {single ? <Icon name={look.icon} size={18} /> : items.length}
        </span>
      </button>
      {single && (
        <span
          aria-hidden="true"
          className="pointer-events-none -ml-2 rounded-md bg-panel/90 px-2 text-base font-semibold whitespace-nowrap"
        >
          {only?.name}
        </span>
      )}
    </li>
  );
}
