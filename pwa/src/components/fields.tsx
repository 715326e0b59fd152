/** Form fields: label above, help and error below, large enough for gloves. */

import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { Icon } from "./icons";

const INPUT =
  "target w-full rounded-xl border border-edge bg-panel px-4 py-3 text-ink hover:border-ink " +
  "placeholder:text-muted aria-invalid:border-bad aria-invalid:border-2";

export interface Framed {
  label: string;
  help?: string | undefined;
  error?: string | null | undefined;
}

function Frame({ id, label, help, error, children }: Framed & { id: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1.5">
      <label className="font-semibold" htmlFor={id}>
        {label}
      </label>
      {children}
      {help !== undefined && (
        <p className="text-base text-muted" id={`${id}-help`}>
          {help}
        </p>
      )}
      {error && (
        <p className="text-base font-semibold text-bad" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function described(id: string, { help, error }: Framed) {
  const by = [help === undefined ? "" : `${id}-help`, error ? `${id}-error` : ""].join(" ").trim();
  return {
    ...(by === "" ? {} : { "aria-describedby": by }),
    ...(error ? { "aria-invalid": true as const } : {}),
  };
}

export function TextField({
  label,
  help,
  error,
  suffix,
  ...rest
}: Framed & { suffix?: string } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const framed = { label, help, error };
  return (
    <Frame id={id} {...framed}>
      <div className="relative">
        <input
          className={`${INPUT} ${suffix === undefined ? "" : "pr-20"}`}
          id={id}
          {...described(id, framed)}
          {...rest}
        />
        {suffix !== undefined && (
          <span className="pointer-events-none absolute inset-y-0 right-4 flex items-center font-semibold text-muted">
            {suffix}
          </span>
        )}
      </div>
    </Frame>
  );
}

export function AreaField({
  label,
  help,
  error,
  ...rest
}: Framed & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  const framed = { label, help, error };
  return (
    <Frame id={id} {...framed}>
      <textarea className={INPUT} id={id} rows={4} {...described(id, framed)} {...rest} />
    </Frame>
  );
}

export interface Choice {
  value: string;
  label: string;
}

export function SelectField({
  label,
  help,
  error,
  choices,
  ...rest
}: Framed & { choices: readonly Choice[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  const framed = { label, help, error };
  return (
    <Frame id={id} {...framed}>
      <select className={`${INPUT} truncate pr-12`} id={id} {...described(id, framed)} {...rest}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Frame>
  );
}

/** Look for words in a list; its label is the magnifier to those who see. */
export function SearchField({
  label,
  className = "",
  ...rest
}: { label: string } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className={`relative block min-w-0 ${className}`}>
      <span className="sr-only">{label}</span>
      <span className="pointer-events-none absolute inset-y-0 left-4 flex items-center text-muted">
        <Icon name="search" />
      </span>
      <input className={`${INPUT} pl-12`} placeholder={label} type="search" {...rest} />
    </label>
  );
}

/** How choices lie side by side: in full rows, so that none stands alone below the others. */
function columnsFor(choices: readonly Choice[]): string {
  const letters = choices.reduce((sum, one) => sum + one.label.length, 0);
  if (choices.length === 3)
    return letters <= 24 ? "grid-cols-3" : "grid-cols-1 min-[480px]:grid-cols-3";
  if (choices.length % 2 === 0)
    return `grid-cols-2 ${choices.length === 4 ? "min-[640px]:grid-cols-4" : ""}`;
  return "grid-cols-2 min-[640px]:grid-cols-3";
}

/** A few choices as large buttons: one tap instead of two. */
export function ChoiceField({
  label,
  choices,
  value,
  onChange,
  help,
  error,
  bare = false,
}: Framed & {
  choices: readonly Choice[];
  value: string;
  onChange: (value: string) => void;
  /** The choices say enough by themselves: the label is only heard. */
  bare?: boolean;
}) {
  const id = useId();
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className={bare ? "sr-only" : "mb-1.5 font-semibold"}>{label}</legend>
      <div className={`grid gap-3 lg:flex lg:flex-wrap ${columnsFor(choices)}`}>
        {choices.map((choice) => (
          <label
            className={`target inline-flex cursor-pointer items-center justify-center rounded-xl border px-3 py-1 text-center leading-tight font-semibold lg:px-5 has-[:focus-visible]:outline-3 has-[:focus-visible]:outline-accent ${
              choice.value === value
                ? "border-accent bg-accent text-on-accent"
                : "border-edge bg-panel text-ink hover:bg-sunken"
            }`}
            key={choice.value}
          >
            <input
              checked={choice.value === value}
              className="sr-only"
              name={id}
              onChange={() => onChange(choice.value)}
              type="radio"
              value={choice.value}
            />
            {choice.label}
          </label>
        ))}
      </div>
      {help !== undefined && <p className="text-base text-muted">{help}</p>}
      {error && (
        <p className="text-base font-semibold text-bad" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** Progress by tens, with two large buttons: no dragging with gloves. */
export function StepField({
  label,
  value,
  text,
  onChange,
  step = 1_000,
  minimum = 0,
  maximum = 10_000,
  less,
  more,
}: {
  label: string;
  value: number;
  text: string;
  onChange: (value: number) => void;
  step?: number;
  minimum?: number;
  maximum?: number;
  less: string;
  more: string;
}) {
  const button =
    "target rounded-xl border border-edge bg-panel text-2xl font-bold hover:bg-sunken disabled:opacity-50";
  return (
    <fieldset>
      <legend className="mb-1.5 font-semibold">{label}</legend>
      <div className="flex items-center gap-3">
        <button
          aria-label={less}
          className={button}
          disabled={value <= minimum}
          onClick={() => onChange(Math.max(minimum, value - step))}
          type="button"
        >
          −
        </button>
        <output aria-live="polite" className="min-w-24 text-center text-2xl font-bold tabular-nums">
          {text}
        </output>
        <button
          aria-label={more}
          className={button}
          disabled={value >= maximum}
          onClick={() => onChange(Math.min(maximum, value + step))}
          type="button"
        >
          +
        </button>
      </div>
    </fieldset>
  );
}
