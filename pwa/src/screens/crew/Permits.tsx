/** The permits to work of the site: what is allowed now comes first. */

import { useState } from "react";
import { Link } from "react-router";
import { useFieldWords } from "../../app/fieldWords";
import { numberOf } from "../../app/numbers";
import { May } from "../../app/useRights";
import { useProject, useRows } from "../../app/workplace";
import { Empty, LinkButton, ScreenHead } from "../../components/basics";
import { ChoiceField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import { VirtualList } from "../../components/VirtualList";
import { PermitStanding, useNow } from "./PermitStanding";
import { inOrder, standingOf } from "./permits";

export default function Permits() {
  const { t, f } = useFieldWords();
  const project = useProject();
  const permits = useRows("permit", project ? `project:${project.id}` : null);
  const [all, setAll] = useState(false);
  const now = useNow();
  const shown = inOrder(permits ?? [], now).filter(
    (one) => all || !["expired", "over", "void"].includes(standingOf(one, now)),
  );
  return (
    <>
      <ScreenHead title={f("permit.list")}>
        <May project={project?.id} right="permit.create">
          <LinkButton icon="add" to="/permits/new" tone="primary">
            {f("permit.request")}
          </LinkButton>
        </May>
      </ScreenHead>
      <div className="pb-4">
        <ChoiceField
          choices={[
            { value: "open", label: f("permit.current") },
            { value: "all", label: t("common.all") },
          ]}
          label={t("task.filter")}
          onChange={(value) => setAll(value === "all")}
          value={all ? "all" : "open"}
        />
      </div>
      {permits !== undefined && shown.length === 0 && (
        <Empty icon="permit" title={f("permit.none")} />
      )}
      <VirtualList height={240} items={shown} keyOf={(one) => one.id} label={f("permit.list")}>
        {(one) => (
          <Link
            className="flex flex-col gap-3 rounded-2xl border border-line bg-panel p-4 shadow-panel"
            to={`/permits/${one.id}`}
          >
            <span className="flex flex-col">
              <span className="text-base text-muted">
                {`${numberOf(one)} · `}
                {f(`permit.kind.${one.kind}`)}
              </span>
              <strong className="break-words">{one.title}</strong>
              <span className="break-words">{one.place}</span>
            </span>
            <PermitStanding permit={one} />
            <SyncMark quiet state={one.syncState} />
          </Link>
        )}
      </VirtualList>
    </>
  );
}
