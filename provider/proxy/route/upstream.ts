// What a machine sees of the bots behind its routes: a connection to each address of an upstream, without a request. Pure.
import { isIP } from "node:net";
import { quoted } from "../machine-shell";
import { noticeParts } from "../notices";
import type { UpstreamPlace } from "../upstream";

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

/** Each is given address and port. It prints "+" once it is connected, then what comes back; nothing if no connection can be made. */
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

/**
 * Prints `by <connector>`, then for each place with its number `at <address> <base64 of "+" and what came>`, one line an address;
 * for a socket whether it is there. All are asked at the same time, so it takes about 4 s at most.
 */
export function upstreamScript(places: readonly UpstreamPlace[], tools: readonly Connector[] = connectors): string {
  const looks = places.map((place, number) => {
    if ("socket" in place) {
      return `if [ -S ${quoted(place.socket)} ]; then echo '${number} socket'; else echo '${number} no socket'; fi`;
    }
    const { host, port } = place;
    const addresses = isIP(host) === 0 ? `$(addresses ${quoted(host)})` : quoted(host);
    return `[ -z "$by" ] || look ${number} ${port} ${addresses} &`;
  });
  return `by=
for tool in ${tools.join(" ")}; do command -v $tool >/dev/null 2>&1 && { by=$tool; break; }; done
command -v timeout >/dev/null 2>&1 || by=
echo "by $by"
addresses() { getent ahosts "$1" | while read -r address rest; do echo "$address"; done | sort -u | head -n ${mostAddresses}; }
ask() { case $by in
${tools.map((tool) => `${tool}) ${asking[tool]} ;;`).join("\n")}
esac; }
look() {
number=$1 port=$2; shift 2
for address; do
{ said=$( { ask "$address" "$port"; } 2>/dev/null </dev/null | base64 -w0); echo "$number at $address $said"; } &
done
wait
}
${looks.join("\n")}
wait`;
}

/** What is to be warned of, one sentence each; or why nobody can tell. */
export type UpstreamSeen = { warnings: string[] } | { unknown: string };

/** `said`: what the script printed; `number`: of the place among those that it was written for. */
export function upstreamSeen(place: UpstreamPlace, said: string, number = 0): UpstreamSeen {
  const own = said
    .split("\n")
    .flatMap((line) => (line.startsWith(`${number} `) ? [line.slice(`${number} `.length)] : []));
  if ("socket" in place) {
    return { warnings: own[0] === "socket" ? [] : [noticeParts.noSocket({ socket: place.socket })] };
  }
  const { host, port } = place;
  if (!/^by \S/m.test(said)) return { unknown: noticeParts.noConnector({ tools: connectors.join(", ") }) };
  const seen = own.map((line) => {
    const [, address = "", text = ""] = line.split(" ");
    const bytes = Buffer.from(text, "base64");
    return { where: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`, bytes };
  });
  if (seen.length === 0) return { unknown: noticeParts.noAddress({ host }) };
  const dead = seen.filter(({ bytes }) => bytes.length === 0).map(({ where }) => where);
  const alive = seen.filter(({ bytes }) => bytes.length > 0);
  const warnings = alive.flatMap(({ where, bytes }) => otherService(where, bytes.subarray(1)) ?? []);
  const places = dead.sort().join(", ");
  if (alive.length === 0) warnings.push(noticeParts.nothingTakes({ places }));
  else if (dead.length > 0) {
    warnings.push(noticeParts.someTake({ host, places, other: alive.map(({ where }) => where).join(", ") }));
  }
  return { warnings };
}

/** What it says of itself by the first bytes of its answer; silence says nothing. */
function otherService(where: string, bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined;
  const speaksTls = (bytes[0] === 0x16 || bytes[0] === 0x15) && bytes[1] === 0x03;
  if (speaksTls) return noticeParts.speaksTls({ where });
  const words = bytes.toString("latin1").split(/[\r\n]/)[0] ?? "";
  const isHttp = /^(?:HTTP\/|<)/.test(bytes.toString("latin1"));
  return isHttp ? undefined : noticeParts.otherService({ where, words });
}
