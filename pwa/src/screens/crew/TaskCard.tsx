/** One task in a list: what, how far, until when, and where it stands. */

import { Link } from "react-router";
import { date, percent } from "../../app/format";
import { useWords } from "../../app/words";
import { Badge, type Mood, ProgressBar } from "../../components/basics";
import type { IconName } from "../../components/icons";
import { SyncMark } from "../../components/SyncMark";
import { isOpenTask } from "../../replica/agenda";
import type { Entity } from "../../replica/view";

export type Task = Entity<"task">;
export type TaskStatus = NonNullable<Task["status"]>;

export const STATUS_MOODS: Record<TaskStatus, { mood: Mood; icon: IconName }> = {
  todo: { mood: "plain", icon: "clock" },
  in_progress: { mood: "accent", icon: "forward" },
  blocked: { mood: "bad", icon: "refused" },
  done: { mood: "good", icon: "check" },
  verified: { mood: "good", icon: "confirmed" },
  cancelled: { mood: "plain", icon: "close" },
};

export function StatusBadge({ status }: { status: TaskStatus }) {
  const { t } = useWords();
  return <Badge {...STATUS_MOODS[status]}>{t(`task.status.${status}`)}</Badge>;
}

export function isLate(task: Task, today: string): boolean {
  return isOpenTask(task) && !!task.planned_finish && task.planned_finish.slice(0, 10) < today;
}

export function TaskCard({ task, late = false }: { task: Task; late?: boolean }) {
  const { t, language } = useWords();
  const progress = task.progress_rolled ?? task.progress ?? 0;
  return (
    <Link
      className="flex h-full flex-col gap-3 rounded-2xl border border-line bg-panel p-4 shadow-panel hover:border-accent"
      to={`/tasks/${task.id}`}
    >
      <span className="font-semibold break-words">{task.name}</span>
      <span className="mt-auto flex flex-wrap items-center gap-x-4 gap-y-2 text-muted">
        <StatusBadge status={task.status ?? "todo"} />
        {task.planned_finish && (
          <span className={late ? "font-semibold text-bad" : ""}>
            {t("task.due", { date: date(task.planned_finish, language) })}
          </span>
        )}
        <SyncMark quiet state={task.syncState} />
      </span>
      <span className="flex items-center gap-3">
        {task.code && <span className="max-w-1/2 shrink-0 truncate text-muted">{task.code}</span>}
        <ProgressBar basisPoints={progress} label={t("task.progress")} />
        <span className="w-16 shrink-0 text-right font-semibold tabular-nums">
          {percent(progress, language)}
        </span>
      </span>
    </Link>
  );
}
