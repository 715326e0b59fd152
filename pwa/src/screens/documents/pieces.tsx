/** The small parts of the documents' screens: a picture, where a file stands, the ways to add one. */

import { useRef, useState } from "react";
import { useDocumentWords } from "../../app/documentWords";
import { bytes } from "../../app/format";
import { Badge, Button, type Mood } from "../../components/basics";
import { Icon, type IconName } from "../../components/icons";
import type { Filed, VersionState } from "../../documents/filed";
import { usePicture } from "../../documents/usePicture";

const MOODS: Record<VersionState, Mood> = {
  waiting: "warn",
  received: "accent",
  stored: "good",
  refused: "bad",
  quarantined: "bad",
};
const ICONS: Record<VersionState, IconName> = {
  waiting: "clock",
  received: "sent",
  stored: "confirmed",
  refused: "refused",
  quarantined: "lock",
};

export function StateBadge({ state }: { state: VersionState }) {
  const { d } = useDocumentWords();
  return (
    <Badge icon={ICONS[state]} mood={MOODS[state]}>
      {d(`state.${state}`)}
    </Badge>
  );
}

/** Where a document stands here, in words: on its way, kept, pinned; `brief` says the first alone. */
export function HereBadges({ filed, brief = false }: { filed: Filed; brief?: boolean }) {
  const { d, language } = useDocumentWords();
  const { version, here } = filed;
  return (
    <>
      {here === "sending" && (
        <Badge icon="sync" mood="accent">
          {d("sending", {
            sent: bytes(filed.sentBytes, language),
            total: bytes(version?.size_bytes ?? 0, language),
          })}
        </Badge>
      )}
      {here === "fetching" && (
        <Badge icon="sync" mood="accent">
          {d("detail.fetching")}
        </Badge>
      )}
      {!brief && (here === "yes" || here === "old") && (
        <Badge icon="saved">{d(here === "yes" ? "here" : "here_old")}</Badge>
      )}
      {!brief && filed.document.pinned && <Badge icon="pin">{d("pinned")}</Badge>}
    </>
  );
}

/** What was wrong with a version that the server did not keep. */
export function problemWord(
  d: ReturnType<typeof useDocumentWords>["d"],
  problem: string | null | undefined,
): string | null {
  if (!problem) return null;
  return d(`problem.${problem}` as "problem.other", {
    defaultValue: d("problem.other", { code: problem }),
  });
}

/** Whether a picture of a document may stand for it: not of what the server refused. */
export function isShown(filed: Filed): boolean {
  return filed.state !== "quarantined" && filed.state !== "refused";
}

export function Thumbnail({ filed, size = 56 }: { filed: Filed; size?: number }) {
  const { d } = useDocumentWords();
  const { version, document } = filed;
  const address = usePicture(
    isShown(filed) ? (version?.id ?? null) : null,
    version?.content_type ?? document.content_type,
  );
  const [broken, setBroken] = useState<string | null>(null);
  const style = { width: size, height: size };
  if (address === null || address === broken) {
    return (
      <span
        className="inline-flex shrink-0 items-center justify-center rounded-lg bg-sunken text-muted"
        style={style}
      >
        <Icon name={filed.state === "quarantined" ? "lock" : "document"} />
      </span>
    );
  }
  return (
    <img
      alt={d("thumbnail", { title: document.title })}
      className="shrink-0 rounded-lg bg-sunken object-cover"
      onError={() => setBroken(address)}
      src={address}
      style={style}
    />
  );
}

/** A button that lets a person choose files, or take a photo. */
export function FileButton({
  icon,
  label,
  onFiles,
  camera = false,
  several = false,
  disabled = false,
  tone = "plain",
  className = "",
}: {
  icon: IconName;
  label: string;
  onFiles: (files: File[]) => void;
  camera?: boolean;
  several?: boolean;
  disabled?: boolean;
  tone?: "primary" | "plain";
  className?: string;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        className={className}
        disabled={disabled}
        icon={icon}
        onClick={() => input.current?.click()}
        tone={tone}
      >
        {label}
      </Button>
      <input
        aria-label={label}
        className="hidden"
        multiple={several}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          // The same file may be chosen again.
          event.target.value = "";
          if (files.length > 0) onFiles(files);
        }}
        ref={input}
        tabIndex={-1}
        type="file"
        {...(camera ? { accept: "image/*", capture: "environment" as const } : {})}
      />
    </>
  );
}
