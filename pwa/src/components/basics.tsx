/** Buttons, panels, badges: the few shapes that every screen is made of. */

import { type ButtonHTMLAttributes, type ReactNode, useEffect } from "react";
import { Link, type LinkProps } from "react-router";
import { Icon, type IconName } from "./icons";

type Tone = "primary" | "plain" | "quiet" | "danger";

const TONES: Record<Tone, string> = {
  primary: "bg-accent text-on-accent border-transparent hover:bg-accent-strong",
  plain: "bg-panel text-ink border-edge hover:bg-sunken",
  quiet: "bg-transparent text-accent border-transparent hover:bg-accent-soft",
  danger: "bg-bad-soft text-bad border-bad",
};

const BUTTON =
  "target inline-flex items-center justify-center gap-2 rounded-xl border px-4 py-1 text-center " +
  "leading-tight font-semibold motion-safe:transition-transform motion-safe:active:scale-[0.98] " +
  "disabled:pointer-events-none disabled:opacity-60";

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

/** A large target of picture and word, several side by side: what can be entered. */
export function TileLink({
  icon,
  children,
  tone = "plain",
  ...rest
}: LinkProps & { icon: IconName; tone?: Tone }) {
  return (
    <Link
      className={`flex min-h-22 flex-1 basis-0 flex-col items-center justify-center gap-1.5 rounded-2xl border p-2 text-center leading-tight font-semibold shadow-panel motion-safe:transition-transform motion-safe:active:scale-[0.98] lg:min-h-16 lg:flex-row lg:gap-3 ${TONES[tone]}`}
      {...rest}
    >
      <Icon name={icon} size={28} />
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
      className={`target inline-flex items-center justify-center rounded-xl text-muted hover:bg-sunken hover:text-ink ${className}`}
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

/** Keeps the place of what is still being read: nothing jumps when it comes. */
export function Placeholder({ className }: { className: string }) {
  return (
    <div
      aria-hidden="true"
      className={`rounded-2xl border border-line bg-panel shadow-panel ${className}`}
    />
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
      <p className="flex items-start gap-3 font-semibold">
        {icon !== undefined && <Icon className="mt-0.5" name={icon} />}
        <span className="min-w-0 break-words">{title}</span>
      </p>
      {children !== undefined && (
        <div className={`mt-1 ${icon === undefined ? "" : "pl-9"}`}>{children}</div>
      )}
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
    <div className="flex flex-col items-center gap-3 px-6 py-16 text-center text-muted">
      <span className="mb-1 rounded-full bg-sunken p-5">
        <Icon name={icon} size={36} />
      </span>
      <p className="max-w-md text-lg font-semibold text-balance text-ink">{title}</p>
      {children}
    </div>
  );
}

/** What is known of a thing: each fact beside its name; those without a value are left out. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1">
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => (
          <div className="contents" key={name}>
            <dt className="text-muted">{name}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
    </dl>
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

/** Name the page for the tab, the window's list and whoever hears it. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Derrick`;
  }, [title]);
}

/** The parts of a screen, each at an address of its own: in full rows on a phone, in one at a desk. */
export function Tabs({
  label,
  tabs,
}: {
  label: string;
  tabs: readonly { to: string; text: string; chosen: boolean }[];
}) {
  return (
    <nav
      aria-label={label}
      className="grid grid-cols-[repeat(auto-fit,minmax(min(7.5rem,30%),1fr))] gap-3 pb-6 lg:flex lg:flex-wrap"
    >
      {tabs.map((tab) => (
        <Link
          aria-current={tab.chosen ? "page" : undefined}
          className={`target inline-flex items-center justify-center rounded-xl border px-2 text-center leading-tight font-semibold lg:px-5 ${
            tab.chosen
              ? "border-accent bg-accent text-on-accent"
              : "border-edge bg-panel text-ink hover:bg-sunken"
          }`}
          key={tab.to}
          to={tab.to}
        >
          {tab.text}
        </Link>
      ))}
    </nav>
  );
}

/** The head of a screen: where one is, the way back, and what can be done here. */
export function ScreenHead({
  title,
  lead,
  back,
  backLabel,
  children,
}: {
  title: string;
  /** A line below the title: what it belongs to, or what it is for. */
  lead?: ReactNode;
  back?: string;
  backLabel?: string;
  children?: ReactNode;
}) {
  useTitle(title);
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-3 pb-5">
      <div className="flex max-w-full flex-1 basis-40 items-center gap-1">
        {back !== undefined && (
          <Link
            aria-label={backLabel}
            className="target -ml-4 inline-flex shrink-0 items-center justify-center rounded-xl hover:bg-sunken"
            to={back}
          >
            <Icon name="back" />
          </Link>
        )}
        {/* No narrower than its longest word: what stands beside it goes below instead. */}
        <div className="max-w-full">
          <h1 className="break-words">{title}</h1>
          {lead !== undefined && <p className="text-muted">{lead}</p>}
        </div>
      </div>
      {children !== undefined && (
        <div className="flex flex-wrap items-center gap-3">{children}</div>
      )}
    </header>
  );
}
