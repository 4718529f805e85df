// How the address of a DNS server is written: "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353".
import { isIP, isIPv6 } from "node:net";
import { isPort } from "../core/grammar";

export interface SocketAddress {
  ip: string;
  port: number;
}

/** Nothing for a text that is no such address. The port is 53 when there is none. */
export function socketAddressOf(text: string): SocketAddress | undefined {
  if (isIPv6(text)) return { ip: text, port: 53 };
  const [, bracketed, plain, digits = "53"] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const ip = bracketed ?? plain ?? "";
  const port = Number(digits);
  const isRight = isIP(ip) === (bracketed === undefined ? 4 : 6) && isPort(port);
  return isRight ? { ip, port } : undefined;
}

/** What keeps a text from being the address of a DNS server. */
export function nameServerProblem(text: string): string | undefined {
  return socketAddressOf(text) ? undefined : `must be an IP address, or ip:port such as 192.0.2.53:53; got ${text}`;
}
