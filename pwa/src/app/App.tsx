/** The whole app: the welcome while nobody works here, the shell afterwards. */

import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Notice } from "../components/basics";
import { device, setSetting, setting } from "../session/device";
import { letterLinkOf } from "../session/letterLink";
import { Screens } from "./router";
import { actions, useAppDispatch, useAppSelector } from "./store";
import { RightsProvider } from "./useRights";
import { useWords } from "./words";
import { WorkplaceProvider } from "./workplace";

/** Not part of the first load of those whose account is open. */
const Welcome = lazy(async () => ({ default: (await import("../screens/Welcome")).Welcome }));

const LAST_PERSON = "last-person";

export function App() {
  const dispatch = useAppDispatch();
  const { person, locked } = useAppSelector((state) => state.session);
  const phase = useAppSelector((state) => state.sync.status?.phase);
  const [link, setLink] = useState(() => letterLinkOf(location.pathname, location.hash));

  const last = useRef(person);
  useEffect(() => {
    if (last.current === person) return;
    last.current = person;
    void setSetting(LAST_PERSON, person);
  }, [person]);

  useEffect(() => {
    if (phase !== "wiped") return;
    dispatch(actions.projectChosen(null));
    dispatch(actions.left());
  }, [phase, dispatch]);

  const leaveLink = (): void => {
    history.replaceState(null, "", "/");
    setLink(null);
  };
  if (person === null || locked || link !== null) {
    return (
      <Suspense fallback={null}>
        <Welcome link={link} locked={person} onLinkDone={leaveLink} />
      </Suspense>
    );
  }
  return (
    <WorkplaceProvider key={person} person={person}>
      {phase === "wiping" || phase === "wiped" ? <Wiping /> : OPEN}
    </WorkplaceProvider>
  );
}

/** The same element for good: a step of the synchronisation does not draw every screen anew. */
const OPEN = (
  <RightsProvider>
    <Screens />
  </RightsProvider>
);

/** Shown while a revoked device forgets everything: there is no screen left to work in. */
function Wiping() {
  const { t } = useWords();
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center p-4">
      <Notice icon="lock" mood="warn" title={t("sync.wiping")} />
    </main>
  );
}

/** Return the account that was open last; one with a PIN opens locked. */
export async function lastAccount(): Promise<{ person: string; locked: boolean } | null> {
  // Read together: each turn at the store takes a slow phone some frames.
  const [person, accounts] = await Promise.all([
    setting<string | null>(LAST_PERSON),
    device.accounts.toArray(),
  ]);
  const account = accounts.find((one) => one.person === person);
  return account === undefined
    ? null
    : { person: account.person, locked: account.pin !== undefined };
}
