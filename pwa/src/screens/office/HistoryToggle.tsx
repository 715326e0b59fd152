/** The history of a row, behind a button: it is asked for only when someone wants it. */

import { useState } from "react";
import { useOfficeWords } from "../../app/officeWords";
import { Button, Panel } from "../../components/basics";
import { History } from "./History";

export default function HistoryToggle({ row }: { row: string }) {
  const { o } = useOfficeWords();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        aria-expanded={open}
        className="self-start"
        icon="history"
        onClick={() => setOpen(!open)}
      >
        {o("history.open")}
      </Button>
      {open && (
        <Panel className="p-4">
          <History row={row} />
        </Panel>
      )}
    </>
  );
}
