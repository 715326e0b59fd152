/** What only the server can answer or do: asked when there is a link, kept while the screen is open. */

import { QueryClient, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Problem } from "../engine/changes";
import { ERRORS } from "../generated/errors";
import { TransportError } from "../replica/transport";
import { fetchAs } from "./fetching";
import { useAppSelector } from "./store";
import { useWords } from "./words";
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
  /** Ask anew: what was just done there changed the answer. */
  again: () => void;
}

/**
 * Ask the server; `path` null asks nothing. What a synchronisation brings makes it ask anew.
 *
 * `again` says, of the last answer, in how many milliseconds to ask again by itself.
 */
export function useServer<T>(
  path: string | null,
  again: (data: T | undefined) => number | false = () => false,
): Asked<T> {
  const { person } = useWorkplace();
  const online = useAppSelector((state) => state.sync.online);
  const synced = useAppSelector((state) => state.sync.status?.lastSyncAt ?? null);
  const key = [person, path];
  const found = useQuery(
    {
      queryKey: key,
      enabled: path !== null && online,
      queryFn: () => ask<T>(person, path ?? ""),
      refetchInterval: (query) => again(query.state.data as T | undefined),
    },
    client,
  );
  useEffect(() => {
    if (synced !== null) void client.invalidateQueries({ queryKey: [person, path] });
  }, [synced, person, path]);
  return {
    data: found.data,
    asking: found.isFetching,
    failed: !online || found.isError,
    again: () => void found.refetch(),
  };
}

async function ask<T>(person: string, path: string): Promise<T> {
  const response = await fetchAs(person, path);
  if (!response.ok) throw new TransportError(`the server answered ${response.status}`);
  return (await response.json()) as T;
}

export interface Acting {
  busy: boolean;
  /** What to show when the server refused, or was not reached. */
  trouble: string | null;
  /** The field at fault, where the server names it. */
  field: string | null;
  /**
   * Have the server do something; null when it did not. What was answered before is asked anew.
   *
   * A body that is bytes goes as it is, anything else as JSON.
   */
  act: <T>(method: string, path: string, body?: unknown) => Promise<T | null>;
}

/** Have the server do what it alone can: one thing at a time, and say in words what went wrong. */
export function useAct(): Acting {
  const { t, language } = useWords();
  const { person } = useWorkplace();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | "unreachable" | null>(null);
  const act = async <T>(method: string, path: string, body?: unknown): Promise<T | null> => {
    setBusy(true);
    setProblem(null);
    try {
      const response = await fetchAs(person, path, { method, ...bodyOf(body) });
      if (!response.ok) {
        setProblem(response.status >= 500 ? "unreachable" : ((await response.json()) as Problem));
        return null;
      }
      // What the screen shows is fresh once the button is free again.
      await client.invalidateQueries({ queryKey: [person] });
      return (response.status === 204 ? {} : await response.json()) as T;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      setProblem("unreachable");
      return null;
    } finally {
      setBusy(false);
    }
  };
  const trouble =
    problem === null
      ? null
      : problem === "unreachable"
        ? t("error.unreachable")
        : (ERRORS[problem.code]?.[language] ?? problem.message[language]);
  const field = problem === null || problem === "unreachable" ? null : (problem.field ?? null);
  return { busy, trouble, field, act };
}

function bodyOf(body: unknown): RequestInit {
  if (body === undefined) return {};
  if (body instanceof Blob) {
    return { body, headers: { "content-type": body.type || "application/octet-stream" } };
  }
  return { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}
