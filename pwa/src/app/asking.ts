/** What only the server can answer: asked when there is a link, kept while the screen is open. */

import { QueryClient, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { TransportError } from "../replica/transport";
import { fetchAs } from "./fetching";
import { useAppSelector } from "./store";
import { useWorkplace } from "./workplace";

const FRESH_MS = 15_000;

/** One for all screens: it is loaded with the first that asks. */
const client = new QueryClient({
  defaultOptions: { queries: { staleTime: FRESH_MS, retry: 1, refetchOnWindowFocus: true } },
});

export interface Asked<T> {
  /** The last answer; it stays while a newer one is asked for. */
  data: T | undefined;
  asking: boolean;
  /** The server was not reached, or refused. */
  failed: boolean;
}

/** Ask the server; `path` null asks nothing. What a synchronisation brings makes it ask anew. */
export function useServer<T>(path: string | null): Asked<T> {
  const { person } = useWorkplace();
  const online = useAppSelector((state) => state.sync.online);
  const synced = useAppSelector((state) => state.sync.status?.lastSyncAt ?? null);
  const key = [person, path];
  const found = useQuery(
    {
      queryKey: key,
      enabled: path !== null && online,
      queryFn: () => ask<T>(person, path ?? ""),
    },
    client,
  );
  useEffect(() => {
    if (synced !== null) void client.invalidateQueries({ queryKey: [person, path] });
  }, [synced, person, path]);
  return { data: found.data, asking: found.isFetching, failed: !online || found.isError };
}

async function ask<T>(person: string, path: string): Promise<T> {
  const response = await fetchAs(person, path);
  if (!response.ok) throw new TransportError(`the server answered ${response.status}`);
  return (await response.json()) as T;
}
