/** An address that is no screen's. */

import { Empty, LinkButton } from "../components/basics";
import { useWords } from "./words";

export function NotFound() {
  const { t } = useWords();
  return (
    <Empty icon="search" title={t("error.not_found")}>
      <LinkButton to="/" tone="primary">
        {t("nav.today")}
      </LinkButton>
    </Empty>
  );
}
