/** On the dashboard: the devices, for those who lead; the rest of it is with people and access. */

import { useServer } from "../../app/asking";
import { usePeopleWords } from "../../app/peopleWords";
import { DeviceTable } from "./people/Devices";
import type { DeviceRecord } from "./people/deviceRecords";
import { usePeopleStanding } from "./people/standing";

export function Devices() {
  const { o } = usePeopleWords();
  const { leads } = usePeopleStanding();
  const { data } = useServer<DeviceRecord[]>(leads ? "/api/users/devices" : null);
  const working = (data ?? []).filter((one) => one.revoked_at === null);
  if (working.length === 0) return null;
  return (
    <section className="flex flex-col gap-3">
      <h2>{o("device.title")}</h2>
      <DeviceTable devices={working} />
    </section>
  );
}
