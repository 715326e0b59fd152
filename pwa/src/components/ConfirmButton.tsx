/** A button for what is not undone lightly: the first press says what it means, the second does it. */

import { type ReactNode, useState } from "react";
import { useWords } from "../app/words";
import { Button } from "./basics";
import type { IconName } from "./icons";

export function ConfirmButton({
  icon,
  label,
  confirm,
  disabled,
  onConfirm,
  children,
}: {
  icon?: IconName;
  label: string;
  /** The words on the button that does it. */
  confirm?: string;
  disabled: boolean;
  onConfirm: () => void;
  /** What it means. */
  children: ReactNode;
}) {
  const { t } = useWords();
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <Button disabled={disabled} onClick={() => setAsked(true)} {...(icon ? { icon } : {})}>
        {label}
      </Button>
    );
  }
  return (
    <div
      className="flex w-full flex-col gap-3 rounded-xl border border-bad bg-bad-soft p-4"
      role="alert"
    >
      <div>{children}</div>
      <div className="flex flex-wrap gap-3">
        <Button
          autoFocus
          disabled={disabled}
          onClick={() => {
            setAsked(false);
            onConfirm();
          }}
          tone="danger"
        >
          {confirm ?? label}
        </Button>
        <Button onClick={() => setAsked(false)}>{t("common.cancel")}</Button>
      </div>
    </div>
  );
}
