/** The whole app: the welcome while nobody works here, the shell afterwards. */

import { useEffect, useState } from "react";
import { Welcome } from "../screens/Welcome";
import { device, setSetting, setting } from "../session/device";
import { Screens } from "./router";
import { actions, useAppDispatch, useAppSelector } from "./store";
import { WorkplaceProvider } from "./workplace";

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
  if (person === null || locked) return <Welcome locked={person} />;
  return (
    <WorkplaceProvider key={person} person={person}>
      <Screens />
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
