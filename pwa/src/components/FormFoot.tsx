/** The end of a form that opened within a screen: save, or leave it. */

import { useWords } from "../app/words";
import { Button } from "./basics";

export function FormFoot({
  label,
  busy = false,
  onCancel,
}: {
  label: string;
  busy?: boolean;
  onCancel: () => void | Promise<void>;
}) {
  const { t } = useWords();
  return (
    <div className="flex flex-wrap gap-3">
      <Button disabled={busy} icon="check" tone="primary" type="submit">
        {label}
      </Button>
      <Button onClick={() => void onCancel()}>{t("common.cancel")}</Button>
    </div>
  );
}
