/** All tasks of the project: found by word and state, smooth at any length. */

import { useDeferredValue, useMemo, useState } from "react";
import { today } from "../../app/format";
import { numbersOf } from "../../app/numbers";
import { byCode } from "../../app/order";
import { useWords } from "../../app/words";
import { useProject, useRows, useWorkplace } from "../../app/workplace";
import { Empty, ScreenHead } from "../../components/basics";
import { ChoiceField, SearchField } from "../../components/fields";
import { plain } from "../../components/plain";
import { VirtualList } from "../../components/VirtualList";
import { isOpenTask } from "../../replica/agenda";
import { isLate, type Task, TaskCard } from "./TaskCard";

type Filter = "open" | "mine" | "all";

/** Return the tasks that match, in the order of their codes. */
export function matching(
  tasks: readonly Task[],
  filter: Filter,
  words: string,
  person: string,
): Task[] {
  const wanted = plain(words.trim());
  return tasks
    .filter((task) => task.kind !== "summary")
    .filter((task) => filter === "all" || isOpenTask(task))
    .filter((task) => filter !== "mine" || (task.assignees?.includes(person) ?? false))
    .filter(
      (task) =>
        wanted === "" ||
        plain(`${task.code ?? ""} ${task.name} ${numbersOf(task)}`).includes(wanted),
    )
    .sort(byCode);
}

export default function Tasks() {
  const { t } = useWords();
  const { person } = useWorkplace();
  const project = useProject();
  const tasks = useRows("task", project ? `project:${project.id}` : null);
  const [filter, setFilter] = useState<Filter>("open");
  const [words, setWords] = useState("");
  const sought = useDeferredValue(words);
  const found = useMemo(
    () => matching(tasks ?? [], filter, sought, person),
    [tasks, filter, sought, person],
  );
  const day = today();
  return (
    <>
      <ScreenHead title={`${t("task.all")} (${found.length})`} />
      <div className="flex flex-col gap-3 pb-5 lg:flex-row lg:items-center">
        <SearchField
          className="lg:flex-1"
          label={t("common.search")}
          onChange={(event) => setWords(event.target.value)}
          value={words}
        />
        <ChoiceField
          bare
          choices={[
            { value: "open", label: t("task.open") },
            { value: "mine", label: t("task.mine") },
            { value: "all", label: t("common.all") },
          ]}
          label={t("task.filter")}
          onChange={(value) => setFilter(value as Filter)}
          value={filter}
        />
      </div>
      {tasks !== undefined && found.length === 0 ? (
        <Empty icon="task" title={t("task.none")} />
      ) : (
        <VirtualList height={150} items={found} keyOf={(task) => task.id} label={t("task.all")}>
          {(task) => <TaskCard late={isLate(task, day)} task={task} />}
        </VirtualList>
      )}
    </>
  );
}
