/** The roles that must show a one-time code at each login. */

import { useState } from "react";
import { useAct, useServer } from "../../../app/asking";
import { usePeopleWords } from "../../../app/peopleWords";
import { Notice, Panel } from "../../../components/basics";
import type { MatrixRecord } from "./rightsTable";
import { usePeopleStanding } from "./standing";

const PATH = "/api/users/one-time-codes/roles";

export function CodesByRole({ roles }: { roles: MatrixRecord["roles"] }) {
  const { o, p } = usePeopleWords();
  const { administers } = usePeopleStanding();
  const { data } = useServer<{ roles: string[] }>(PATH);
  const { busy, trouble, act } = useAct();
  // Shown as wanted until the server has answered.
  const [wanted, setWanted] = useState<{ role: string; required: boolean } | null>(null);
  const require = async (role: string, required: boolean): Promise<void> => {
    setWanted({ role, required });
    await act("PUT", `${PATH}/${role}`, { required });
    setWanted(null);
  };
  if (data === undefined) return null;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{p("rights.codes")}</h2>
      <p className="text-muted">{p("rights.codes_words")}</p>
      <div className="flex flex-wrap gap-x-6">
        {roles.map(({ role }) => (
          <label className="target flex items-center gap-3" key={role}>
            <input
              checked={wanted?.role === role ? wanted.required : data.roles.includes(role)}
              className="size-6 accent-accent"
              disabled={busy || !administers}
              onChange={(event) => void require(role, event.target.checked)}
              type="checkbox"
            />
            {o(`choice.${role}` as never)}
          </label>
        ))}
      </div>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </Panel>
  );
}
