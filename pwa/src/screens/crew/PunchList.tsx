/** The defects to be lifted before acceptance: the gravest first. */

import { useState } from "react";
import { Link } from "react-router";
import { useFieldWords } from "../../app/fieldWords";
import { date, today } from "../../app/format";
import { numberOf } from "../../app/numbers";
import { May } from "../../app/useRights";
import { useAllRows, useProject, useRows, useWorkplace } from "../../app/workplace";
import { Empty, LinkButton, ScreenHead } from "../../components/basics";
import { ChoiceField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import { VirtualList } from "../../components/VirtualList";
import { PunchBadge } from "./PunchBadge";
import { inOrder, isLifted } from "./punch";

type Filter = "open" | "mine" | "all";

export default function PunchList() {
  const { t, f, language } = useFieldWords();
  const { person } = useWorkplace();
  const project = useProject();
  const people = useAllRows("person");
  const items = useRows("punch_item", project ? `project:${project.id}` : null);
  const [filter, setFilter] = useState<Filter>("open");
  const day = today();
  const shown = inOrder(items ?? []).filter(
    (one) => filter === "all" || (!isLifted(one) && (filter === "open" || one.owner_id === person)),
  );
  return (
    <>
      <ScreenHead title={`${f("punch.list")} (${shown.length})`}>
        <May project={project?.id} right="punch_item.create">
          <LinkButton icon="add" to="/punch/new" tone="primary">
            {f("punch.new")}
          </LinkButton>
        </May>
      </ScreenHead>
      <div className="pb-4">
        <ChoiceField
          choices={[
            { value: "open", label: f("punch.open") },
            { value: "mine", label: f("punch.mine") },
            { value: "all", label: t("common.all") },
          ]}
          label={t("task.filter")}
          onChange={(value) => setFilter(value as Filter)}
          value={filter}
        />
      </div>
      {items !== undefined && shown.length === 0 && <Empty icon="punch" title={f("punch.none")} />}
      <VirtualList height={150} items={shown} keyOf={(one) => one.id} label={f("punch.list")}>
        {(one) => (
          <Link
            className="flex flex-col gap-2 rounded-2xl border border-line bg-panel p-4 shadow-panel"
            to={`/punch/${one.id}`}
          >
            <span className="flex flex-wrap items-start gap-x-3 gap-y-2">
              <span className="min-w-0 flex-1 basis-52 font-semibold break-words">
                {`${numberOf(one)} · `}
                {one.title}
              </span>
              <PunchBadge item={one} />
            </span>
            <span className="flex flex-wrap gap-x-4 gap-y-1 text-base text-muted">
              {one.place && <span>{one.place}</span>}
              {one.owner_id && (
                <span>{people?.find((other) => other.id === one.owner_id)?.name ?? "…"}</span>
              )}
              {one.due && (
                <span className={one.due < day && !isLifted(one) ? "font-semibold text-bad" : ""}>
                  {t("task.due", { date: date(one.due, language) })}
                </span>
              )}
              <SyncMark quiet state={one.syncState} />
            </span>
          </Link>
        )}
      </VirtualList>
    </>
  );
}
