/** A list of any length: only what is in sight is drawn. */

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

export function VirtualList<T>({
  items,
  keyOf,
  height,
  label,
  children,
}: {
  items: readonly T[];
  keyOf: (item: T) => string;
  /** Expected height of an item in pixels; each is measured once it is drawn. */
  height: number;
  label: string;
  children: (item: T) => ReactNode;
}) {
  const list = useRef<HTMLUListElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    setOffset(list.current?.offsetTop ?? 0);
  }, []);
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => height,
    overscan: 6,
    scrollMargin: offset,
    getItemKey: (at) => keyOf(items[at] as T),
  });
  return (
    <ul
      aria-label={label}
      className="relative"
      ref={list}
      style={{ height: `${rows.getTotalSize()}px` }}
    >
      {rows.getVirtualItems().map((row) => (
        <li
          aria-posinset={row.index + 1}
          aria-setsize={items.length}
          className="absolute inset-x-0 top-0 pb-3"
          data-index={row.index}
          key={row.key}
          ref={rows.measureElement}
          style={{ transform: `translateY(${row.start - offset}px)` }}
        >
          {children(items[row.index] as T)}
        </li>
      ))}
    </ul>
  );
}
