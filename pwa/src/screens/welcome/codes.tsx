/** The two pictures of one-time codes: what the authenticator app scans, and the spare codes. */

import { useState } from "react";
import { useEnteringWords } from "../../app/enteringWords";

import { Button } from "../../components/basics";
import { Icon } from "../../components/icons";
import type { Enrolment } from "../../session/entering";

/** The QR code as our own server drew it: the secret is told to nobody else. */
export function Authenticator({ enrolment }: { enrolment: Enrolment }) {
  const { e } = useEnteringWords();
  const picture = enrolment.qr_svg.replace(
    /^<svg(?![^>]*xmlns)/,
    '<svg xmlns="http://www.w3.org/2000/svg"',
  );
  return (
    <div className="flex flex-col gap-3">
      <p>{e("codes.scan")}</p>
      <img
        alt={e("codes.picture")}
        className="self-center rounded-xl bg-white p-3"
        height={240}
        src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture)}`}
        width={240}
      />
      <p className="text-base text-muted">{e("codes.by_hand")}</p>
      <p className="rounded-xl bg-sunken p-3 text-center font-mono text-base break-all select-all">
        {enrolment.secret.replace(/(.{4})(?=.)/g, "$1 ")}
      </p>
      <a
        className="target inline-flex items-center justify-center rounded-xl border border-line bg-panel px-5 text-center font-semibold"
        href={enrolment.uri}
      >
        {e("codes.same_phone")}
      </a>
    </div>
  );
}

/** The spare codes, shown once: on paper, or in a file, before one goes on. */
export function RecoveryCodes({ codes, onNoted }: { codes: string[]; onNoted: () => void }) {
  const { e } = useEnteringWords();
  const [noted, setNoted] = useState(false);
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join("\r\n")}\r\n`)}`;
  return (
    <div className="flex flex-col gap-4">
      <p>{e("codes.spares_words")}</p>
      <ul className="grid grid-cols-2 gap-2 rounded-xl bg-sunken p-3 text-center font-mono">
        {codes.map((one) => (
          <li className="select-all" key={one}>
            {one}
          </li>
        ))}
      </ul>
      <a
        className="target inline-flex items-center justify-center gap-2 rounded-xl border border-line bg-panel px-5 font-semibold"
        download="derrick-codes.txt"
        href={file}
      >
        <Icon name="export" />
        {e("codes.keep_file")}
      </a>
      <label className="target flex items-center gap-3 font-semibold">
        <input
          checked={noted}
          className="size-6 accent-accent"
          onChange={(event) => setNoted(event.target.checked)}
          type="checkbox"
        />
        {e("codes.noted")}
      </label>
      <Button disabled={!noted} onClick={onNoted} tone="primary">
        {e("codes.go_on")}
      </Button>
    </div>
  );
}
