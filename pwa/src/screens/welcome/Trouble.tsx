/** Why somebody did not get in, in words. */

import { useWords } from "../../app/words";
import { Notice } from "../../components/basics";
import { ERRORS } from "../../generated/errors";
import type { Answer, LoginOutcome } from "../../session/login";

export function Trouble({ outcome }: { outcome: LoginOutcome | Answer<unknown> | null }) {
  const { t, language } = useWords();
  if (outcome?.status === "unreachable") {
    return <Notice icon="offline" mood="warn" title={t("login.unreachable")} />;
  }
  if (outcome?.status !== "refused") return null;
  const { code, message } = outcome.problem;
  return (
    <Notice icon="refused" mood="bad" title={ERRORS[code]?.[language] ?? message[language]}>
      {outcome.retryAfterSeconds !== null && (
        <p>{t("login.wait", { seconds: outcome.retryAfterSeconds })}</p>
      )}
    </Notice>
  );
}
