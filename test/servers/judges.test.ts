// What judges a text of somebody else takes time in proportion to it, and never throws: hostile texts, made of the judges' own literals.
import type { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { rootCertificates } from "node:tls";
import fc from "fast-check";
import { chainIn } from "../../provider/acme/chains";
import { secondsAfter } from "../../provider/acme/connection";
import { problemIn } from "../../provider/acme/problem-documents";
import { outgoing } from "../../provider/core/printable";
import { lineOf } from "../../provider/net/answer";
import { caaPropertyIn } from "../../provider/probe/caa";
import { isPage, knownPage } from "../../provider/probe/http-pages";
import { refusalOf } from "../../provider/probe/http-refusals";
import { sshFailure, whyNotOpened } from "../../provider/proxy/machine-ssh";
import { haproxyReport as haproxyChecked } from "../../provider/proxy/servers/haproxy/check";
import { certificatesAfterKey, isNewer, kindIn, haproxyStampIn } from "../../provider/proxy/servers/haproxy/files";
import { listenIn } from "../../provider/proxy/servers/haproxy/places";
import { checkedOf } from "../../provider/proxy/servers/nginx/check";
import { directivesFrom, listensIn } from "../../provider/proxy/servers/nginx/directives";
import { matches } from "../../provider/proxy/servers/nginx/dump";
import { wordsIn } from "../../provider/proxy/servers/program";
import { diskOf } from "../../provider/proxy/servers/scripts";
import { socketsIn } from "../../provider/proxy/servers/sockets";
import { explainDeliveryError } from "../../provider/telegram/delivery-errors";
import { shownUrl } from "../../provider/telegram/rules";
import { namesOf, subjectName } from "../../provider/x509/names";
import { certificatesText, keyText } from "../../provider/x509/pem";
import { certificatesProblem, privateKeyTextProblem } from "../../provider/x509/pem-problems";
import { anyText } from "../support/fuzz";

interface Judge {
  /** The files whose patterns judge. */
  files: string[];
  judge: (text: string) => unknown;
}

const header = "# configuration file /etc/nginx/nginx.conf:\n";
const certificate = (text: string) => ({ subject: text, issuer: text, subjectAltName: text }) as X509Certificate;
const endpoint = { host: "a.example", port: 443, address: "10.0.0.1", url: "https://a.example/x" };
const page = (status: number, headers = {}) => ({
  files: ["probe/http-pages.ts"],
  judge: (text: string) => knownPage({ status, headers, text }),
});

const chain = { status: 200, body: Buffer.from(rootCertificates[0] ?? "") };

function count(all: Iterable<unknown>): number {
  let found = 0;
  for (const one of all) found += one ? 1 : 0;
  return found;
}

const judges: Record<string, Judge> = {
  "whether a body is a page": { files: ["probe/http-pages.ts"], judge: isPage },
  "which page a refusal is": page(403, { server: "AkamaiGHost" }),
  "which page an answer is": page(200, { "x-datadome": "1" }),
  "which page a page is": {
    files: ["probe/http-pages.ts"],
    judge: (text) => knownPage({ status: 200, headers: {}, text: `<html>${text}` }),
  },
  "where a redirect leads": {
    files: ["probe/http-refusals.ts"],
    judge: (text) => refusalOf(endpoint, { status: 302, headers: { location: `/${text}` }, text: "" }),
  },
  "all that is said": {
    files: ["core/redact.ts", "core/decoded.ts", "core/decoded-bytes.ts"],
    judge: (text) => outgoing(text, ["very-secret-text-0123456789", "short", { whole: "/tg/4f1c9a" }]),
  },
  "a line of an answer": { files: ["net/answer.ts"], judge: (text) => lineOf({ body: Buffer.from(text) }) },
  "a delivery error": { files: ["telegram/delivery-error-table.ts"], judge: explainDeliveryError },
  "a URL that is shown": { files: ["telegram/addresses.ts"], judge: (text) => shownUrl(`https://${text}`) },
  "the names of a certificate": { files: ["x509/names.ts"], judge: (text) => namesOf(certificate(text)) },
  "what a certificate is called": { files: ["x509/names.ts"], judge: (text) => subjectName(certificate(text)) },
  "a text where certificates belong": {
    files: ["x509/pem.ts", "x509/pem-kinds.ts", "x509/pem-problems.ts"],
    judge: (text) => [certificatesText(text), certificatesProblem(text, { privateKey: "" })],
  },
  "a text where a private key belongs": {
    files: ["x509/pem.ts", "x509/pem-kinds.ts", "x509/pem-problems.ts"],
    judge: (text) => [keyText(text), privateKeyTextProblem(text, "tls"), privateKeyTextProblem(text, "ssh")],
  },
  "a key's block": {
    files: ["x509/pem.ts"],
    judge: (text) => privateKeyTextProblem(`-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`, "ssh"),
  },
  "nginx's directives": { files: ["proxy/servers/nginx/directives.ts"], judge: (text) => count(directivesFrom(text)) },
  "nginx's listeners": {
    files: ["proxy/servers/nginx/directives.ts"],
    judge: (text) => listensIn(new Map([["a", text]])),
  },
  "a block of Lua in nginx's configuration": {
    files: ["proxy/servers/nginx/directives.ts"],
    judge: (text) => count(directivesFrom(`content_by_lua_block {${text}`)),
  },
  "what nginx prints": {
    files: ["proxy/servers/nginx/dump.ts", "proxy/servers/nginx/check.ts"],
    judge: (text) => checkedOf({ code: 0, stdout: header + text, stderr: "" }, "/ours/http.conf"),
  },
  "what nginx complains of": {
    files: ["proxy/servers/nginx/check.ts"],
    judge: (text) => checkedOf({ code: 1, stdout: "", stderr: text }, "/ours/http.conf"),
  },
  "what haproxy complains of": {
    files: ["proxy/servers/haproxy/check.ts"],
    judge: (text) => haproxyChecked({ code: 1, stdout: text, stderr: `[ALERT] (1) : ${text}` }, "/ours/base.cfg"),
  },
  "the files of haproxy": {
    files: ["proxy/servers/haproxy/files.ts", "proxy/servers/haproxy/places.ts"],
    judge: (text) => [
      haproxyStampIn(text, text),
      kindIn(text),
      isNewer(text),
      certificatesAfterKey(text),
      listenIn(text),
    ],
  },
  "a file name of nginx": {
    files: ["proxy/servers/nginx/dump.ts"],
    judge: (text) => matches(text, `*${"a*".repeat(9)}b`),
  },
  "the kernel's sockets": { files: ["proxy/servers/sockets.ts"], judge: socketsIn },
  "what is on a disk": { files: ["proxy/servers/scripts.ts"], judge: diskOf },
  "the last words of a program": {
    files: ["proxy/servers/program.ts"],
    judge: (text) => wordsIn({ code: 1, stdout: "", stderr: text }, { name: "nginx" }),
  },
  "what an ACME server says against something": {
    files: ["acme/problem-documents.ts"],
    judge: (text) =>
      problemIn({
        ...{ type: text, detail: text, instance: `https://${text}` },
        subproblems: [{ type: `urn:ietf:params:acme:error:${text}`, detail: text, identifier: { value: text } }],
      }),
  },
  "where an ACME server has other chains": {
    files: ["acme/chains.ts"],
    judge: (text) => chainIn({ ...chain, headers: { link: text } }, { origin: "https://a.example" }),
  },
  "how long an ACME server asks to wait": {
    files: ["acme/connection.ts"],
    judge: (text) => secondsAfter(text, new Date(0)),
  },
  "a CAA value": { files: ["probe/caa.ts"], judge: caaPropertyIn },
  "why ssh opened no connection": { files: ["proxy/machine-ssh.ts"], judge: whyNotOpened },
  "why ssh ended": {
    files: ["proxy/machine-ssh.ts"],
    judge: (text) => sshFailure("a", { said: text.slice(-4000) }, {} as never), // the connection keeps so much
  },
};

/** The literals of the patterns and texts of these files, and what is hostile to any pattern. */
function piecesOf(files: readonly string[]): string[] {
  const sources = files.map((file) => readFileSync(path.join(__dirname, "../../provider", file), "utf8"));
  const patterns = sources.flatMap((source) => source.match(/(?<=[(=:,[] ?)\/(?:[^/\\\n]|\\.)+\//g) ?? []);
  const literals = patterns.flatMap((pattern) =>
    pattern
      .replace(/\\[sdwbSDWn]/g, " ")
      .replace(/\\(.)/g, "$1")
      .split(/[()|*?+^$]+|\[[^\]]*\]|\{[\d,]+\}/g),
  );
  return [...new Set(literals)].filter((literal) => literal.trim().length > 1);
}

const anyPieces = [" ", "\n", "\t\n", '"', "'", "{", "{}", "}", "a{", '\\"', "\\", "<", "<!-- -->", "<!---->", "<!--"];
const nested = ["<input ", "<input type", "type = ", "<?xml", "<?xml>", "-->", "[", "#", "# configuration file /a:\n"];
const prefixes = ["", "<html>", '"', "<!--", "DNS:", "listen "];
const armour = [
  "-----BEGIN CERTIFICATE-----",
  "-----END CERTIFICATE-----",
  "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
];
const more = [
  ...armour,
  "\\n",
  "\\\\",
  "MIIB",
  "a:\n",
  "LS0tL",
  "-----BEGIN ",
  "/a.b",
  "include *",
  "include /a;\n",
  "[warn] a\n[warn] b\nc\n",
  "--[[",
  "[[",
  "a;",
  "%2525",
  "1: ",
  "0\n",
  "/",
];

const kibibyte = 1024;
const filledWith = (piece: string, prefix: string, size: number) =>
  (prefix + piece.repeat(Math.ceil(size / piece.length))).slice(0, size);

/** Of the processor: other work on the machine does not count. */
function milliseconds(work: () => unknown): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

const noTime = 30; // milliseconds that do not count
const mostTimes = 20;

type TextOf = (size: number) => string;

/** The time for 64 KiB; endless if a far shorter text takes for ever already. */
function timeOf(judge: Judge["judge"], textOf: TextOf): number {
  // What doubles with each character is met in small steps, before it takes for ever; what grows slower, in large ones.
  for (let size = 32; size < 2 * kibibyte; size *= size < 256 ? 1.1 : 2) {
    const short = textOf(Math.round(size));
    if (milliseconds(() => judge(short)) > 200 && milliseconds(() => judge(short)) > 200) return Infinity;
  }
  const text = textOf(64 * kibibyte);
  return milliseconds(() => judge(text));
}

/** How many times longer 1 MiB takes than 64 KiB, at the best of several measurements. */
function slowness(judge: Judge["judge"], textOf: TextOf): number {
  const [small, large] = [textOf(64 * kibibyte), textOf(kibibyte ** 2)];
  const least = { small: Infinity, large: Infinity };
  for (let round = 0; round < 12; round += 1) {
    least.small = Math.min(
      least.small,
      milliseconds(() => judge(small)),
    );
    if (least.small > 2000) return Infinity;
    least.large = Math.min(
      least.large,
      milliseconds(() => judge(large)),
    );
    if (least.large <= mostTimes * Math.max(least.small, noTime)) break;
  }
  return least.large / Math.max(least.small, noTime);
}

/** So many of the texts that take longest at 64 KiB are measured at 1 MiB. */
const slowest = 2;

test.each(Object.entries(judges))(
  "%s is judged in time proportional to it, whatever it is",
  (_name, { files, judge }) => {
    const pieces = [...anyPieces, ...nested, ...more, ...piecesOf(files)];
    const texts = [
      ...pieces.map((piece) => [piece, ""] as const),
      ...prefixes.flatMap((prefix) => ['\\"', " ", "a", "<!---->"].map((piece) => [piece, prefix] as const)),
    ];
    const timed = texts.map(([piece, prefix]) => {
      const textOf = (size: number) => filledWith(piece, prefix, size);
      return { prefix, piece, textOf, time: timeOf(judge, textOf) };
    });
    timed.sort((one, other) => other.time - one.time);
    const slow = timed.slice(0, slowest).flatMap(({ prefix, piece, textOf, time }) => {
      const times = time === Infinity ? time : slowness(judge, textOf);
      return times > mostTimes ? [{ prefix, piece, times }] : [];
    });
    expect(slow).toEqual([]);
  },
);

test("no text makes a judge throw", () => {
  const all = Object.values(judges);
  const pieces = [...anyPieces, ...nested, ...prefixes, ...more, ...piecesOf(all.flatMap(({ files }) => files))];
  const part = fc.oneof(fc.constantFrom(...pieces), anyText({ maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => all.forEach(({ judge }) => judge(parts.join("")))),
    { numRuns: 10_000 },
  );
});
