/** Everyone in the directory: what they are, where, and how their account stands. */

import { Link } from "react-router";
import { moment } from "../../../app/format";
import { usePeopleWords } from "../../../app/peopleWords";
import { useAllRows, useProjects } from "../../../app/workplace";
import { Badge } from "../../../components/basics";
import { type Column, DataTable } from "../../../components/DataTable";
import { Face } from "../../../components/Face";
import type { Entity } from "../../../replica/view";
import { useAccounts } from "./account";
import { usePeopleStanding } from "./standing";

type Person = Entity<"person">;

export function PeopleList() {
  const { t, o, p, language } = usePeopleWords();
  const { administers } = usePeopleStanding();
  const people = useAllRows("person");
  const members = useAllRows("member");
  const projects = useProjects();
  const accounts = useAccounts(administers);
  if (people === undefined) return null;
  const codes = new Map((projects ?? []).map((one) => [one.id, one.code]));
  const projectsOf = (person: string): string =>
    (members ?? [])
      .filter((one) => one.person_id === person && codes.has(one.project_id))
      .map((one) => codes.get(one.project_id) ?? "")
      .sort()
      .join(", ");
  const columns: Column<Person>[] = [
    {
      key: "name",
      label: o("field.name"),
      value: (one) => one.name,
      show: (one) => (
        <Link
          className="flex min-w-44 items-center gap-3 font-semibold text-accent underline"
          to={`/people/person/${one.id}`}
        >
          <Face name={one.name} person={one.id} photo={one.photo} />
          <span className="break-words">{one.name}</span>
        </Link>
      ),
    },
    { key: "login", label: p("list.login"), value: (one) => one.login },
    { key: "role", label: o("field.role"), value: (one) => o(`choice.${one.role}`) },
    { key: "projects", label: p("list.projects"), value: (one) => projectsOf(one.id) || null },
    {
      key: "state",
      label: p("list.state"),
      value: (one) =>
        one.active === false
          ? p("list.closed")
          : accounts?.get(one.id)?.has_password === false
            ? p("list.waits")
            : p("list.open"),
      show: (one) =>
        one.active === false ? (
          <Badge icon="lock" mood="bad">
            {p("list.closed")}
          </Badge>
        ) : accounts?.get(one.id)?.has_password === false ? (
          <Badge icon="clock" mood="warn">
            {p("list.waits")}
          </Badge>
        ) : (
          <Badge icon="check" mood="good">
            {p("list.open")}
          </Badge>
        ),
    },
  ];
  if (accounts !== undefined) {
    const lastOf = (person: string): number | null => {
      const at = accounts.get(person)?.last_login_at;
      return at ? Date.parse(at) : null;
    };
    columns.push(
      {
        key: "codes",
        label: p("list.codes"),
        value: (one) => t(accounts.get(one.id)?.has_codes ? "common.yes" : "common.no"),
      },
      {
        key: "last",
        label: p("list.last_login"),
        value: (one) => lastOf(one.id),
        show: (one) => {
          const at = lastOf(one.id);
          return at === null ? p("list.never") : moment(at, language);
        },
      },
    );
  }
  return <DataTable columns={columns} first="name" label={p("tab.list")} rows={people} />;
}
