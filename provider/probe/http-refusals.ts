// The statuses with which Telegram's updates would be refused for good, each in its own words.
import { pathOf } from "./http-request";
import type { ProbeResponse, HttpEndpoint } from "./http-request";

export interface EndpointRefusal {
  /** Ends the sentence "https://… answers 404 (Not Found) to an empty POST". */
  why: string;
  cure: string;
  /** The bot, not something in front of it, refuses what is sent as its secret. */
  secret?: "refused" | "required";
}

const logIn = /\/(?:log-?in|sign-?in|auth|sso|oauth2?)\b/i;

/** Nothing for a status that says nothing about an update. */
export function refusalOf(endpoint: HttpEndpoint, answer: ProbeResponse): EndpointRefusal | undefined {
  const { status } = answer;
  if (status < 200) {
    const why = ", which Telegram takes for the final answer and an error.";
    return { why, cure: "Let the proxy send no interim answers (early hints, upgrades) on this path." };
  }
  if (status >= 300 && status < 400) return redirect(endpoint, answer);
  switch (status) {
    case 401:
    case 403:
      return secretRefused(endpoint, answer);
    case 404:
      return {
        why: ": there is nothing at this path.",
        cure: "Compare url with the path that the bot or its proxy serves, letter by letter.",
      };
    case 405:
    case 501:
      return {
        why: ": POST is not served at this path.",
        cure: "Give the path at which the bot takes POST, or let the proxy pass POST on.",
      };
    case 410: {
      const why = ": gone for good. Telegram removes a webhook that answers so for 23 hours.";
      return { why, cure: "Give the path that the bot serves today, or remove what answers 410 for it." };
    }
    case 421: {
      const why = ": the server does not serve this host name on this connection.";
      return {
        why,
        cure: "Add the host name of url to the server's configuration, and to the certificate it shows for it.",
      };
    }
    case 511:
      return {
        why: ": a page wants a person to log in or to confirm first.",
        cure: "Use an address that needs no confirmation; Telegram cannot give one.",
      };
    default:
      return undefined;
  }
}

function secretRefused({ secretToken }: HttpEndpoint, { headers }: ProbeResponse): EndpointRefusal {
  if (headers["www-authenticate"] !== undefined) {
    const why = ": it asks for a user name and password.";
    return { why, cure: "Take the bot's path out of what the password protects: Telegram sends none." };
  }
  const edge = /^cloudflare/i.test(String(headers["server"])) ? "Cloudflare" : "a firewall or proxy";
  const open = `If ${edge} in front of the bot lets only Telegram in, leave this check out`;
  if (secretToken === undefined) {
    const cure = `Give the secret that the bot expects, or let it expect none. ${open}.`;
    return { why: ": whoever sends no secret is refused.", cure, secret: "required" };
  }
  const cure = `Give the bot the same secret as Telegram, and restart it. ${open}.`;
  return { why: ": the secret is refused.", cure, secret: "refused" };
}

/** Shows scheme, host and port of where it leads: path and query can be secret. */
function redirect(endpoint: HttpEndpoint, { headers }: ProbeResponse): EndpointRefusal {
  const never = "Telegram never follows one";
  const from = new URL(endpoint.url);
  const location = headers.location ?? "";
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (location === "" || to === undefined || !/^https?:$/.test(to.protocol)) {
    return { why: `: a redirect to nowhere, and ${never}.`, cure: "Give the URL at which the bot itself answers." };
  }
  const why = (what: string) => `: a redirect to ${what}, and ${never}.`;
  const target = `${to.protocol}//${to.host}`;
  if (logIn.test(to.pathname) && !logIn.test(from.pathname)) {
    const cure = "Take the bot's path out of what the log-in protects: Telegram cannot log in.";
    return { why: why(`a log-in page at ${target}`), cure };
  }
  if (from.hostname !== to.hostname) {
    return { why: why(target), cure: `Write ${to.host} as the host of url, if the bot answers there.` };
  }
  if (from.protocol === "http:" && to.protocol === "https:") {
    return { why: why(target), cure: "Begin url with https://, or let the proxy pass this path on without TLS." };
  }
  const [path, next] = [pathOf(endpoint.url).split("?")[0] ?? "", to.pathname];
  if (next === `${path}/`) {
    return { why: why("the same path with a slash at its end"), cure: "End the path of url with a slash." };
  }
  if (path === `${next}/`) {
    return {
      why: why("the same path without the slash at its end"),
      cure: "Take the slash off the end of url's path.",
    };
  }
  const cure = "Give the URL at which the bot itself answers; `curl -i -X POST` shows where this one leads.";
  return { why: why(from.host === to.host ? `another path at ${target}` : target), cure };
}
