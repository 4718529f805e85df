// What it means that a TLS connection did not come about: evidence that it cannot work, or that nobody can tell.
import type { Endpoint, Verdict } from "./verdict";

/** How far it came: no connection; connected; the server's part of TLS 1.2 is done; the handshake is over. */
export type Stage = "connecting" | "greeting" | "keys" | "secure";

export interface ConnectionFailure {
  stage: Stage;
  /** "timeout": the 10 s of a handshake are over; "deadline": the time of the whole operation is. */
  reason: "timeout" | "deadline" | "closed" | "error";
  error?: Error & { code?: string; reason?: string };
}

/** A server that is being set up may be there in a moment, so that much of this is worth another look. */
export function connectionVerdict(trouble: ConnectionFailure, endpoint: Endpoint): Verdict {
  return refusal(trouble, endpoint) ?? { check: "tls", outcome: "cannot tell", ...silence(trouble, endpoint) };
}

/** What the server, or OpenSSL, said: evidence that it does not work. */
function refusal({ stage, error }: ConnectionFailure, { host, port }: Endpoint): Verdict | undefined {
  const code = error?.code ?? "";
  if (!code.startsWith("ERR_SSL_")) return undefined;
  const where = `${host}:${port}`;
  const fail = (says: string, cure: string): Verdict => ({ check: "tls", outcome: "fail", says, cure });
  if (/ALERT_BAD_CERTIFICATE$|CERTIFICATE_REQUIRED$/.test(code) || (isHandshakeFailure(code) && stage !== "greeting")) {
    return fail(
      `${where} asks for a client certificate, and Telegram has none to show.`,
      "Do not ask for one at this address; a secretToken shows that a request is Telegram's.",
    );
  }
  if (/UNRECOGNIZED_NAME$|ALERT_INTERNAL_ERROR$/.test(code) || isHandshakeFailure(code)) {
    const alert = isHandshakeFailure(code)
      ? "handshake_failure"
      : code.replace(/^.*(?=UNREC|INTERNAL)/, "").toLowerCase();
    const also = alert === "handshake_failure" ? ", or no cipher that Telegram knows" : "";
    return {
      ...fail(
        `${where} refuses the handshake with the alert ${alert}: it has no certificate for ${host}${also}.`,
        `Give the server a certificate for ${host}; if it is still getting one, wait for that.`,
      ),
      mayChange: true,
    };
  }
  if (/ALERT_PROTOCOL_VERSION$|UNSUPPORTED_PROTOCOL$|VERSION_TOO_LOW$/.test(code)) {
    return fail(`${where} speaks only TLS that is older than 1.2.`, "Switch on TLS 1.2 and 1.3 there.");
  }
  if (/WRONG_VERSION_NUMBER$|PACKET_LENGTH_TOO_LONG$|HTTP_REQUEST$/.test(code)) {
    return fail(
      `${where} answers with something that is not TLS, as a server of plain HTTP does.`,
      "Switch on TLS for this port, or give the port on which it is on.",
    );
  }
  const words = error?.reason ?? code;
  return fail(
    `The TLS handshake with ${where} fails; OpenSSL says "${words}".`,
    `Look at it with: openssl s_client -connect ${where} -servername ${host}`,
  );
}

const isHandshakeFailure = (code: string): boolean => code.endsWith("ALERT_HANDSHAKE_FAILURE");

/** Recorded: of 30 connections that were closed in the handshake Telegram reported none, of one that stayed silent neither. */
const unseen = "As long as no update waits, Telegram may report no error of this.";

type Words = Pick<Verdict, "says" | "cure" | "mayChange">;

/** Nothing that can be taken for an answer. */
function silence({ stage, reason, error }: ConnectionFailure, { host, address, port }: Endpoint): Words {
  const at = `${address}:${port}`;
  const of = address === host ? "" : ` (${host})`;
  if (reason === "deadline") return { says: `The time was up before ${at}${of} had finished a TLS handshake.` };
  const open = "If only Telegram's addresses may connect, this is as it should be; otherwise open the port.";
  const look = "See in the server's log why.";
  const words = (says: string, cure: string): Words => ({ says, cure, mayChange: true });
  const isClosed = reason === "closed" || (error?.message ?? "").includes("before secure TLS connection");
  if (reason === "timeout" || error?.code === "ETIMEDOUT") {
    return stage === "connecting"
      ? words(`${at}${of} does not answer: no connection within 10 s.`, open)
      : words(`${at}${of} takes the connection and then says nothing: no TLS handshake within 10 s. ${unseen}`, look);
  }
  if (isClosed) {
    const when = stage === "secure" ? "right after" : "during";
    const why = stage === "secure" ? " Servers that want a client certificate do so." : ` ${unseen}`;
    return words(`${at}${of} closes the connection ${when} the TLS handshake without a word.${why}`, look);
  }
  switch (error?.code) {
    case "ECONNREFUSED":
      return words(`Nothing listens on ${at}${of}: the connection was refused.`, `Start the server. ${open}`);
    case "ECONNRESET":
    case "EPIPE":
      return words(`${at}${of} resets the connection during the TLS handshake.`, look);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return words(`From here no route leads to ${at}${of}.`, "Look at the network between here and there.");
    default:
      return words(`${at}${of} cannot be reached; the system says "${error?.code ?? "nothing"}".`, look);
  }
}
