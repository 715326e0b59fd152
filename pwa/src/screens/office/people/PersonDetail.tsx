/** One person: their roles, in the organisation and in projects, and their account. */

import { useState } from "react";
import { Link, useParams } from "react-router";
import { useAct } from "../../../app/asking";
import { moment } from "../../../app/format";
import { usePeopleWords } from "../../../app/peopleWords";
import { useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useRow } from "../../../app/workplace";
import { Badge, Button, Empty, Notice, Panel, ScreenHead } from "../../../components/basics";
import { ConfirmButton } from "../../../components/ConfirmButton";
import { Face } from "../../../components/Face";
import { SelectField } from "../../../components/fields";
import { SyncMark } from "../../../components/SyncMark";
import { Told } from "../../../components/Told";
import type { Entity } from "../../../replica/view";
import type { Role } from "../../../session/rights";
import { type AccountRecord, useAccounts } from "./account";
import { ProjectRoles } from "./ProjectRoles";
import { ROLES, usePeopleStanding } from "./standing";

export default function PersonDetail() {
  const { t, p, language } = usePeopleWords();
  const { person: id } = useParams();
  const person = useRow("person", id);
  const { administers, leads } = usePeopleStanding();
  const account = useAccounts(administers)?.get(id ?? "");
  if (person === undefined) return null;
  if (person === null) return <Empty icon="person" title={p("list.unknown")} />;
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <ScreenHead back="/people/list" backLabel={t("common.back")} title={person.name}>
        {person.active === false && (
          <Badge icon="lock" mood="bad">
            {p("list.closed")}
          </Badge>
        )}
        <SyncMark quiet state={person.syncState} />
      </ScreenHead>
      <Panel className="flex flex-wrap items-center gap-4 p-4">
        <Face name={person.name} person={person.id} photo={person.photo} size={72} />
        <dl className="grid min-w-0 flex-1 gap-x-4 sm:grid-cols-[auto_1fr] sm:gap-y-1">
          <dt className="text-muted">{p("list.login")}</dt>
          <dd className="break-words">{person.login}</dd>
          {person.phone && (
            <>
              <dt className="text-muted">{p("list.phone")}</dt>
              <dd>
                <a className="text-accent underline" href={`tel:${person.phone}`}>
                  {person.phone}
                </a>
              </dd>
            </>
          )}
          {account && (
            <>
              <dt className="text-muted">{p("list.last_login")}</dt>
              <dd>
                {account.last_login_at === null
                  ? p("list.never")
                  : moment(Date.parse(account.last_login_at), language)}
              </dd>
            </>
          )}
        </dl>
      </Panel>
      <OrganisationRole person={person} />
      <ProjectRoles person={person} />
      {account && <Account account={account} key={account.person} />}
      {leads && (
        <p className="flex flex-wrap gap-x-6">
          <Link
            className="target inline-flex items-center text-accent underline"
            to={`/people/devices?person=${person.id}`}
          >
            {p("list.devices")}
          </Link>
          <Link
            className="target inline-flex items-center text-accent underline"
            to={`/people/activity?person=${person.id}`}
          >
            {p("list.activity")}
          </Link>
        </p>
      )}
    </div>
  );
}

function OrganisationRole({ person }: { person: Entity<"person"> }) {
  const { o, p } = usePeopleWords();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <SelectField
        choices={ROLES.map((one) => ({ value: one, label: o(`choice.${one}`) }))}
        disabled={busy || !rights.may("person.update")}
        help={p("list.organisation_words")}
        label={p("list.organisation")}
        onChange={(event) =>
          void save("person.role", [
            { table: "person", row: person.id, after: { role: event.target.value as Role } },
          ])
        }
        value={person.role}
      />
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </Panel>
  );
}

/** What an administrator does with somebody's account: each through the server, at once. */
function Account({ account }: { account: AccountRecord }) {
  const { p, language } = usePeopleWords();
  const { busy, trouble, act } = useAct();
  const [told, setTold] = useState<{ code: string; expires_at: string } | null>(null);
  const [unlocked, setUnlocked] = useState(false);
  const path = `/api/users/people/${account.person}`;
  return (
    <Panel className="flex flex-col gap-4 p-4">
      <h2>{p("list.account")}</h2>
      {told !== null && (
        <div className="flex flex-col gap-2">
          <Told label={p("list.reset")} text={told.code} />
          <p className="text-muted">
            {p("list.reset_words", { until: moment(Date.parse(told.expires_at), language) })}
          </p>
        </div>
      )}
      {unlocked && <Notice icon="check" mood="good" title={p("list.unlocked")} />}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        <Button
          disabled={busy || !account.active}
          icon="lock"
          onClick={async () => setTold(await act("POST", `${path}/reset-code`, {}))}
        >
          {p("list.reset")}
        </Button>
        <Button
          disabled={busy}
          onClick={async () => setUnlocked((await act("POST", `${path}/unlock`, {})) !== null)}
        >
          {p("list.unlock")}
        </Button>
        {account.has_codes && (
          <ConfirmButton
            disabled={busy}
            label={p("list.forget_codes")}
            onConfirm={() => void act("DELETE", `${path}/one-time-codes`)}
          >
            {p("list.forget_words")}
          </ConfirmButton>
        )}
        {account.active ? (
          <ConfirmButton
            disabled={busy}
            icon="refused"
            label={p("list.deactivate")}
            onConfirm={() => void act("POST", `${path}/deactivate`, {})}
          >
            {p("list.deactivate_words")}
          </ConfirmButton>
        ) : (
          <Button
            disabled={busy}
            icon="check"
            onClick={() => void act("POST", `${path}/activate`, {})}
            tone="primary"
          >
            {p("list.activate")}
          </Button>
        )}
      </div>
    </Panel>
  );
}
