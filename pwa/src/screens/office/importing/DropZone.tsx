/** Where a file is dropped, or chosen with a button: a mouse is not needed. */

import { type DragEvent, useRef, useState } from "react";
import { useImportingWords } from "../../../app/importingWords";
import { Button } from "../../../components/basics";
import { Icon } from "../../../components/icons";

export function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const { m } = useImportingWords();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drag = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file !== undefined) onFile(file);
  };
  return (
    <section
      aria-label={m("drop")}
      className={`flex min-h-72 flex-col items-center justify-center gap-4 rounded-2xl border-2 border-dashed p-6 text-center ${
        over ? "border-accent bg-accent-soft" : "border-muted bg-panel"
      }`}
      onDragEnter={drag}
      onDragLeave={() => setOver(false)}
      onDragOver={drag}
      onDrop={drop}
    >
      <span className="text-accent">
        <Icon name="gantt" size={48} />
      </span>
      <p className="text-xl font-bold">{m("drop")}</p>
      <p className="max-w-xl text-muted">{m("drop_words")}</p>
      <input
        accept=".xer,.xml,.pmxml,text/xml,application/xml"
        aria-label={m("choose")}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file !== undefined) onFile(file);
        }}
        ref={input}
        tabIndex={-1}
        type="file"
      />
      <Button icon="document" onClick={() => input.current?.click()} tone="primary">
        {m("choose")}
      </Button>
    </section>
  );
}
