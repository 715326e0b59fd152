/** Sign with a finger: the drawing is kept as a file, the name beside it says whose it is. */

import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useFieldWords } from "../../app/fieldWords";
import { attachment, keepFile } from "../../app/photos";
import { useSaving } from "../../app/useSaving";
import { useRow, useWorkplace } from "../../app/workplace";
import { Badge, Button, Notice, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import type { Entity } from "../../replica/view";

const WIDTH = 640;
const HEIGHT = 220;
const PEN_PX = 4;

export function Signature({ report, locked }: { report: Entity<"daily_report">; locked: boolean }) {
  const { f } = useFieldWords();
  const [signing, setSigning] = useState(false);
  if (report.signed_name && !signing) {
    return (
      <Panel className="flex flex-wrap items-center gap-3 p-4">
        <Badge icon="check" mood="good">
          {f("signature.signed")}
        </Badge>
        <strong className="min-w-0 flex-1 break-words">{report.signed_name}</strong>
        {report.signature_id && <Drawing version={report.signature_id} />}
        {!locked && <Button onClick={() => setSigning(true)}>{f("signature.again")}</Button>}
      </Panel>
    );
  }
  if (locked) return null;
  return <Pad onDone={() => setSigning(false)} report={report} />;
}

/** The drawing, while this device still holds it. */
function Drawing({ version }: { version: string }) {
  const { f } = useFieldWords();
  const { database } = useWorkplace();
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    let made: string | null = null;
    void database.blobs.get(version).then((kept) => {
      if (kept === undefined) return;
      made = URL.createObjectURL(kept.blob);
      setAddress(made);
    });
    return () => {
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [database, version]);
  if (address === null) return null;
  return <img alt={f("signature.drawing")} className="h-16 rounded bg-white" src={address} />;
}

function Pad({ report, onDone }: { report: Entity<"daily_report">; onDone: () => void }) {
  const { t, f } = useFieldWords();
  const { person, database } = useWorkplace();
  const me = useRow("person", person);
  const { busy, trouble, save } = useSaving();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drawn, setDrawn] = useState(false);
  const [name, setName] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);
  const signer = name ?? me?.name ?? "";

  const place = (event: PointerEvent<HTMLCanvasElement>): [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * WIDTH,
      ((event.clientY - box.top) / box.height) * HEIGHT,
    ];
  };
  const down = (event: PointerEvent<HTMLCanvasElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const pen = event.currentTarget.getContext("2d");
    if (pen === null) return;
    pen.lineWidth = PEN_PX;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    // On paper, whatever the theme: it is printed.
    pen.strokeStyle = "#14232c";
    pen.beginPath();
    pen.moveTo(...place(event));
  };
  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.buttons === 0) return;
    const pen = event.currentTarget.getContext("2d");
    pen?.lineTo(...place(event));
    pen?.stroke();
    setDrawn(true);
  };
  const clear = (): void => {
    canvas.current?.getContext("2d")?.clearRect(0, 0, WIDTH, HEIGHT);
    setDrawn(false);
  };
  const sign = async (): Promise<void> => {
    setMissing(signer.trim() === "");
    if (signer.trim() === "") return;
    const subject = { table: "daily_report", row: report.id };
    const blob = drawn ? await pictureOf(canvas.current) : null;
    const kept = blob === null ? null : await keepFile(database, blob, `visa-${report.date}.png`);
    const title = f("signature.title", { name: signer.trim() });
    const to = { project: report.project_id, person, title, purpose: "signature" };
    const saved = await save("report.sign", [
      ...(kept === null ? [] : attachment(kept, to, subject)),
      {
        table: "daily_report",
        row: report.id,
        after: {
          signed_name: signer.trim(),
          ...(kept === null ? {} : { signature_id: kept.version }),
        },
      },
    ]);
    if (saved !== null) onDone();
  };
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{f("signature.ask")}</h2>
      <TextField
        error={missing ? t("typed.missing") : null}
        label={f("signature.name")}
        maxLength={200}
        onChange={(event) => setName(event.target.value)}
        value={signer}
      />
      <canvas
        aria-label={f("signature.pad")}
        className="w-full touch-none rounded-xl border-2 border-dashed border-muted bg-white"
        height={HEIGHT}
        onPointerDown={down}
        onPointerMove={move}
        ref={canvas}
        role="img"
        width={WIDTH}
      />
      <p className="text-base text-muted">{f("signature.help")}</p>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        <Button className="flex-1" disabled={busy} icon="check" onClick={() => void sign()}>
          {f("signature.sign")}
        </Button>
        <Button className="flex-1" disabled={!drawn} onClick={clear}>
          {f("signature.clear")}
        </Button>
      </div>
    </Panel>
  );
}

function pictureOf(canvas: HTMLCanvasElement | null): Promise<Blob | null> {
  return new Promise((resolve) => {
    if (canvas === null) resolve(null);
    else canvas.toBlob((blob) => resolve(blob), "image/png");
  });
}
