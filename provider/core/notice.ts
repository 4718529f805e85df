// What is told and ends no command: warnings of a preview and of a run, and lines of the log, declared like the messages of failures.
import { filled } from "./failure";
import type { FilledText } from "./failure-types";

/** A text with {holes} for what is filled in; with its meaning and what to do where the words alone do not give them. */
export type Notice = string | { readonly text: string; readonly means: string; readonly cure?: string };

type Warning = { readonly text: string; readonly means: string; readonly cure: string };
type Notices = Readonly<Record<string, Notice>>;
type TextOf<N> = N extends { readonly text: infer T } ? T : N;
type Makers<E extends Notices> = { readonly [K in keyof E]: FilledText<TextOf<E[K]> & string> };

export type NoticeKind = "preview warning" | "warning" | "line";

const declared: Readonly<Record<NoticeKind, Notice[]>> = { "preview warning": [], warning: [], line: [] };

function declareNotices(kind: NoticeKind, entries: Notices): unknown {
  declared[kind].push(...Object.values(entries));
  const makers = Object.entries(entries).map(([name, notice]) => {
    const text = typeof notice === "string" ? notice : notice.text;
    return [name, (values: Record<string, string | number> = {}) => filled(text, values)] as const;
  });
  return Object.fromEntries(makers);
}

/** Declares findings that do not refuse a preview: `warning("url", previewWarnings.odd())`. Each continues a sentence that begins with the argument. */
export function declarePreviewWarnings<const E extends Notices>(entries: E): Makers<E> {
  return declareNotices("preview warning", entries) as Makers<E>;
}

/** Declares what somebody should look at, each with its meaning and what to do: `context.warn(warnings.undelivered({ … }))`. */
export function declareWarnings<const E extends Readonly<Record<string, Warning>>>(entries: E): Makers<E> {
  return declareNotices("warning", entries) as Makers<E>;
}

/** Declares what is good to know: `context.log(lines.dropping({ … }))`. */
export function declareLines<const E extends Notices>(entries: E): Makers<E> {
  return declareNotices("line", entries) as Makers<E>;
}

/** Every notice of a kind that was declared so far, for the page of messages. */
export function declaredNotices(kind: NoticeKind): readonly Notice[] {
  return declared[kind];
}
