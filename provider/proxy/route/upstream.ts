// What a route's machine sees of the bot behind it: a connection to each address of the upstream, without a request. Pure.
import { isIP } from "node:net";
import { quoted } from "../machine-shell";
import { noticeParts } from "../notices";

/** Where the upstream is. */
export type UpstreamPlace = { socket: string } | { host: string; port: number; isTls: boolean };

export function upstreamPlace(upstream: string): UpstreamPlace {
  const [, socket] = /^unix:([^:]+)/.exec(upstream) ?? [];
  if (socket !== undefined) return { socket };
  const { hostname, port, protocol } = new URL(upstream);
  const isTls = protocol === "https:";
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (isTls ? 443 : 80)), isTls };
}

/** What can make a connection, in the order of preference. */
export const connectors = ["bash", "python3", "nc", "curl"] as const;
type Connector = (typeof connectors)[number];

/**
 * The greeting of TLS (a ClientHello without extensions). A server of TLS answers it with a handshake or an alert, one of HTTP
 * with "400 Bad Request", any other with words of its own. It is no request, so no bot can take it for an update.
 */
const greeting = Buffer.concat([
  Buffer.from("16030100330100002f0303", "hex"),
  Buffer.from("pulumi-telegram: who is here?   "),
  Buffer.from("000008c02fc02b009c002f0100", "hex"),
]);
const octal = [...greeting].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");

/** Each is given address and port. It prints "+" once it is connected, then what comes back; nothing if no connection comes about. */
const asking: Record<Connector, string> = {
  bash: `timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2" || exit; printf +; printf "$3" >&3; timeout 1 head -c 64 <&3' ask "$1" "$2" ${quoted(octal)}`,
  python3: `python3 -c ${quoted(`import socket, sys
try: s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)
except OSError: sys.exit()
out = b"+"
s.settimeout(1)
try:
    s.sendall(bytes.fromhex(sys.argv[3]))
    out += s.recv(64)
except OSError: pass
sys.stdout.buffer.write(out)`)} "$1" "$2" ${greeting.toString("hex")}`,
  nc: `timeout 4 nc -w 2 "$1" "$2" </dev/null >/dev/null; [ $? = 1 ] || { printf +; { printf ${quoted(octal)}; sleep 1; } | timeout 2 nc -w 2 "$1" "$2" | head -c 64; }`,
  curl: `[ "$(curl -s --noproxy '*' --connect-timeout 2 -m 2 -o /dev/null -w '%{time_connect}' "telnet://$(case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac):$2" </dev/null | tr -d '0.,')" = '' ] || printf +`,
};

const mostAddresses = 8;

/** Prints `by <connector>`, then `at <address> <base64 of "+" and what came>` for each address. At most 4 s. */
export function upstreamScript(place: UpstreamPlace, tools: readonly Connector[] = connectors): string {
  if ("socket" in place) return `[ -S ${quoted(place.socket)} ] && echo socket || echo 'no socket'`;
  const { host, port } = place;
  const found =
    isIP(host) === 0
      ? `getent ahosts ${quoted(host)} | while read -r address rest; do echo "$address"; done | sort -u | head -n ${mostAddresses}`
      : `echo ${quoted(host)}`;
  return `by=
for tool in ${tools.join(" ")}; do command -v $tool >/dev/null 2>&1 && { by=$tool; break; }; done
command -v timeout >/dev/null 2>&1 || by=
echo "by $by"
ask() { case $by in
${tools.map((tool) => `${tool}) ${asking[tool]} ;;`).join("\n")}
esac; }
[ -z "$by" ] || for address in $(${found}); do
{ said=$( { ask "$address" ${port}; } 2>/dev/null </dev/null | base64 -w0); echo "at $address $said"; } &
done
wait`;
}

/** What is to be warned of, one sentence each; or why nobody can tell. */
export type UpstreamSeen = { warnings: string[] } | { unknown: string };

export function upstreamSeen(place: UpstreamPlace, said: string): UpstreamSeen {
  if ("socket" in place) {
    return { warnings: said.trim() === "socket" ? [] : [noticeParts.noSocket({ socket: place.socket })] };
  }
  const { host, port, isTls } = place;
  if (!/^by \S/m.test(said)) return { unknown: noticeParts.noConnector({ tools: connectors.join(", ") }) };
  const seen = [...said.matchAll(/^at (\S+) ?(\S*)$/gm)].map(([, address = "", text = ""]) => {
    const bytes = Buffer.from(text, "base64");
    return { where: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`, bytes };
  });
  if (seen.length === 0) return { unknown: noticeParts.noAddress({ host }) };
  const dead = seen.filter(({ bytes }) => bytes.length === 0).map(({ where }) => where);
  const alive = seen.filter(({ bytes }) => bytes.length > 0);
  const warnings = alive.flatMap(({ where, bytes }) => otherService(where, bytes.subarray(1), isTls) ?? []);
  const places = dead.sort().join(", ");
  if (alive.length === 0) warnings.push(noticeParts.nothingTakes({ places }));
  else if (dead.length > 0) {
    warnings.push(noticeParts.someTake({ host, places, other: alive.map(({ where }) => where).join(", ") }));
  }
  return { warnings };
}

/** What it says of itself by the first bytes of its answer; silence says nothing. */
function otherService(where: string, bytes: Buffer, isTls: boolean): string | undefined {
  if (bytes.length === 0) return undefined;
  const speaksTls = (bytes[0] === 0x16 || bytes[0] === 0x15) && bytes[1] === 0x03;
  if (speaksTls) return isTls ? undefined : noticeParts.speaksTls({ where });
  const words = bytes.toString("latin1").split(/[\r\n]/)[0] ?? "";
  const isHttp = /^(?:HTTP\/|<)/.test(bytes.toString("latin1"));
  if (isHttp) return isTls ? noticeParts.speaksPlain({ where }) : undefined;
  return noticeParts.otherService({ where, words });
}
