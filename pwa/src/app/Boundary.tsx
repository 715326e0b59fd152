/** When a screen fails: say that the work is safe, and offer the way back. */

import { Component, type ReactNode } from "react";
import { Button, Notice } from "../components/basics";
import { useWords } from "./words";

interface Failed {
  error: Error | null;
}

export class Boundary extends Component<{ children: ReactNode }, Failed> {
  override state: Failed = { error: null };

  static getDerivedStateFromError(error: Error): Failed {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : <Apology message={error.message} />;
  }
}

function Apology({ message }: { message: string }) {
  const { t } = useWords();
  return (
    <main className="mx-auto flex max-w-xl flex-col gap-4 p-6">
      <Notice icon="refused" mood="bad" title={t("error.title")}>
        <p>{t("error.explain")}</p>
        <p className="text-base break-words">{message}</p>
      </Notice>
      <Button onClick={() => location.reload()} tone="primary">
        {t("error.reload")}
      </Button>
    </main>
  );
}
