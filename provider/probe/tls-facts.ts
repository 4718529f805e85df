// The form in which the TLS check tells what it found.
import type { Endpoint } from "./verdict";

export interface Problem {
  /** Whole sentences. */
  says: string;
  /** One sentence. */
  cure: string;
}

export const whereOf = ({ host, port }: Endpoint): string => `${host}:${port}`;

/** The first five. */
export function shortList(names: string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `${names.slice(0, 5).join(", ")}${more}`;
}
