/** Buttons, panels, badges: the few shapes that every screen is made of. */

import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";
import { Icon, type IconName } from "./icons";

type Tone = "primary" | "plain" | "quiet" | "danger";

const TONES: Record<Tone, string> = {
  primary: "bg-accent text-on-accent border-transparent",
  plain: "bg-panel text-ink border-line",
  quiet: "bg-transparent text-accent border-transparent",
  danger: "bg-bad-soft text-bad border-bad",
};

const BUTTON =
  "target inline-flex items-center justify-center gap-2 rounded-xl border px-5 font-semibold " +
  "transition-transform active:scale-[0.98] disabled:opacity-60 disabled:active:scale-100";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: Tone;
  icon?: IconName;
}

export function Button({ tone = "plain", icon, className = "", children, ...rest }: ButtonProps) {
  return (
    <button className={`${BUTTON} ${TONES[tone]} ${className}`} type="button" {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function LinkButton({
  tone = "plain",
  icon,
  className = "",
  children,
  ...rest
}: LinkProps & { tone?: Tone; icon?: IconName }) {
  return (
    <Link className={`${BUTTON} ${TONES[tone]} ${className}`} {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </Link>
  );
}

/** A button that is only a picture to those who see; its name is said to those who do not. */
export function IconButton({
  icon,
  label,
  className = "",
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { icon: IconName; label: string }) {
  return (
    <button
      aria-label={label}
      className={`target inline-flex items-center justify-center rounded-xl ${className}`}
      title={label}
      type="button"
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}

export function Panel({ children, className = "" }: { children: ReactNode; className?: string }) {
  return (
    <section className={`rounded-2xl border border-line bg-panel shadow-panel ${className}`}>
      {children}
    </section>
  );
}

export type Mood = "plain" | "good" | "warn" | "bad" | "accent";

const MOODS: Record<Mood, string> = {
  plain: "bg-sunken text-ink",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
};

/** A state: always an icon or a word beside the colour. */
export function Badge({
  mood = "plain",
  icon,
  children,
}: {
  mood?: Mood;
  icon?: IconName;
  children: ReactNode;
}) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full px-3 py-1 text-base font-semibold whitespace-nowrap ${MOODS[mood]}`}
    >
      {icon !== undefined && <Icon name={icon} size={18} />}
      {children}
    </span>
  );
}

export function Notice({
  mood,
  icon,
  title,
  children,
}: {
  mood: Mood;
  icon?: IconName;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className={`rounded-2xl p-4 ${MOODS[mood]}`} role={mood === "bad" ? "alert" : "status"}>
      <p className="flex items-center gap-2 font-semibold">
        {icon !== undefined && <Icon name={icon} />}
        {title}
      </p>
      {children !== undefined && <div className="mt-1">{children}</div>}
    </div>
  );
}

/** What stands where there is nothing yet: it says so, and what to do. */
export function Empty({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-12 text-center text-muted">
      <span className="rounded-full bg-sunken p-4">
        <Icon name={icon} size={32} />
      </span>
      <p className="font-semibold text-ink">{title}</p>
      {children}
    </div>
  );
}

export function ProgressBar({ basisPoints, label }: { basisPoints: number; label: string }) {
  return (
    <progress
      aria-label={label}
      className="block h-2.5 w-full appearance-none overflow-hidden rounded-full border-0 bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:rounded-full [&::-webkit-progress-value]:bg-accent"
      max={10_000}
      value={Math.max(0, Math.min(10_000, basisPoints))}
    />
  );
}

/** The head of a screen: where one is, the way back, and what can be done here. */
export function ScreenHead({
  title,
  back,
  backLabel,
  children,
}: {
  title: string;
  back?: string;
  backLabel?: string;
  children?: ReactNode;
}) {
  return (
    <header className="flex flex-wrap items-center gap-3 pb-4">
      {back !== undefined && (
        <Link
          aria-label={backLabel}
          className="target -ml-3 inline-flex items-center justify-center rounded-xl"
          to={back}
        >
          <Icon name="back" />
        </Link>
      )}
      <h1 className="min-w-0 flex-1 break-words">{title}</h1>
      {children}
    </header>
  );
}
