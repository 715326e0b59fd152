/** The whole app: the welcome while nobody works here, the shell afterwards. */

import { lazy, Suspense, useEffect, useState } from "react";
import { device, setSetting, setting } from "../session/device";
import { Screens } from "./router";
import { actions, useAppDispatch, useAppSelector } from "./store";
import { RightsProvider } from "./useRights";
import { WorkplaceProvider } from "./workplace";

/** Not part of the first load of those whose account is open. */
const Welcome = lazy(async () => ({ default: (await import("../screens/Welcome")).Welcome }));

const LAST_PERSON = "last-person";

export function App() {
  const dispatch = useAppDispatch();
  const { person, locked } = useAppSelector((state) => state.session);
  const wiped = useAppSelector((state) => state.sync.status?.phase === "wiped");
  const [looked, setLooked] = useState(false);

  useEffect(() => {
    void lastAccount().then((account) => {
      if (account !== null) dispatch(actions.opened(account));
      setLooked(true);
    });
  }, [dispatch]);

  useEffect(() => {
    if (looked) void setSetting(LAST_PERSON, person);
  }, [looked, person]);

  useEffect(() => {
    if (wiped) dispatch(actions.left());
  }, [wiped, dispatch]);

  if (!looked) return null;
  if (person === null || locked) {
    return (
      <Suspense fallback={null}>
        <Welcome locked={person} />
      </Suspense>
    );
  }
  return (
    <WorkplaceProvider key={person} person={person}>
      <RightsProvider>
        <Screens />
      </RightsProvider>
    </WorkplaceProvider>
  );
}

/** Return the account that was open last; one with a PIN opens locked. */
async function lastAccount(): Promise<{ person: string; locked: boolean } | null> {
  const person = await setting<string | null>(LAST_PERSON);
  const account = person ? await device.accounts.get(person) : undefined;
  return account === undefined
    ? null
    : { person: account.person, locked: account.pin !== undefined };
}
