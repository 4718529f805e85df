// The fault panel: what is to go wrong with which of the next calls, and what the caller then gets.
import type { Answer } from "./answers";
import { refused, tooManyRequests } from "./answers";
import type { Fault } from "./types";
import { ControlError } from "./types";

const KINDS: readonly string[] = ["429", "409", "500", "502-html", "reset", "cut-json", "timeout", "slow", "error"];

/** What leaves the server in place of an answer. */
export type Damage = { html: string } | { reset: true } | { silence: true } | { cut: true };

const BAD_GATEWAY =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n" +
  "<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n";

export class Faults {
  private planned: { id: string; fault: Fault; left: number }[] = [];
  private count = 0;

  add(fault: Fault): { id: string } {
    if (!KINDS.includes(fault.kind)) {
      throw new ControlError("BAD_REQUEST", `The kind of a fault must be one of ${KINDS.join(", ")}.`);
    }
    const id = `fault-${++this.count}`;
    this.planned.push({ id, fault: { ...fault }, left: fault.times ?? 1 });
    return { id };
  }

  clear(): void {
    this.planned = [];
  }

  /** The oldest fault for this call, which is thereby used once. */
  take(botId: string, method: string): Fault | undefined {
    const found = this.planned.find(({ fault }) => {
      const sameBot = fault.botId === undefined || String(fault.botId) === botId;
      return sameBot && (fault.method === undefined || fault.method.toLowerCase() === method.toLowerCase());
    });
    if (found !== undefined && --found.left <= 0) this.planned = this.planned.filter((other) => other !== found);
    return found?.fault;
  }
}

/** What a fault turns an answer into; `slow` is not here, as it leaves the answer as it is. */
export function outcomeOf(fault: Fault & { kind: Exclude<Fault["kind"], "slow"> }): Answer | Damage {
  const { description } = fault;
  switch (fault.kind) {
    case "429": {
      const answer = tooManyRequests(fault.retryAfter ?? 1);
      return description === undefined ? answer : { ...answer, description };
    }
    case "409":
      return refused(409, description ?? "Conflict: terminated by other setWebhook");
    case "500":
      return refused(500, description ?? "Internal Server Error: restart");
    case "error":
      return refused(fault.code ?? 400, description ?? "Bad Request");
    case "502-html":
      return { html: BAD_GATEWAY };
    case "reset":
      return { reset: true };
    case "cut-json":
      return { cut: true };
    case "timeout":
      return { silence: true };
  }
}
