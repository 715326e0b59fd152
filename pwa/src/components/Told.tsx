/** Something shown once, to be read out or passed on: a code or a link. */

import { useState } from "react";
import { usePeopleWords } from "../app/peopleWords";
import { Button } from "./basics";

export function Told({ text, label }: { text: string; label: string }) {
  const { p } = usePeopleWords();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div className="flex flex-wrap items-center gap-3">
      <output
        aria-label={label}
        className={`min-w-0 flex-1 basis-52 rounded-xl bg-sunken p-3 text-center font-mono break-all select-all ${
          text.length < 20 ? "text-2xl font-bold tracking-wider" : "text-base"
        }`}
      >
        {text}
      </output>
      <Button icon={copied ? "check" : "document"} onClick={() => void copy()}>
        {copied ? p("copied") : p("copy")}
      </Button>
    </div>
  );
}
