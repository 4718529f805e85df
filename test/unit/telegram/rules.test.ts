// The rules one by one: what each finds, in which words, and that none throws or repeats a token.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { isLoopbackHost } from "../../../provider/core/reserved";
import { tokenFrom } from "../../../provider/telegram/token-from";
import * as rules from "../../../provider/telegram/rules";
import { anyText, check } from "../../support/fuzz";
import { goodToken, pem } from "../../support/bad-input";
import { make } from "../tls/lint-rows";

const now = new Date("2027-01-01T00:00:00Z");
const cloud = { localServer: false };
const local = { localServer: true };

describe("a token", () => {
  it.each([
    goodToken,
    "1:a",
    "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
    "18014398509481983:x",
    `1:${"a".repeat(78)}`,
  ])("of the right shape is accepted (%#)", (token) => {
    expect(rules.tokenProblem(token)).toBeUndefined();
  });

  it.each([
    ["", "must not be empty; give <digits>:<letters and digits>, as @BotFather gave it"],
    [" 1:a", "must have no spaces or line breaks around it; trim it"],
    ['"1:a"', "must have no quotes around it; remove them"],
    ["bot1:a", 'must be the token alone; remove "bot" in front of it'],
    ["01:a", "must not begin with 0; give <digits>:<letters and digits>, as @BotFather gave it"],
    [
      "x1:a",
      "must begin with the bot's id, digits only, before the colon; give <digits>:<letters and digits>, as @BotFather gave it",
    ],
    [
      "18014398509481984:x",
      "must begin with a bot's id below 2^54; give <digits>:<letters and digits>, as @BotFather gave it",
    ],
    [`1:${"a".repeat(79)}`, "must be at most 80 characters; got 81 characters"],
    [
      "1:",
      "must be the whole token; got nothing after the colon, give <digits>:<letters and digits>, as @BotFather gave it",
    ],
    [
      "1:a/b",
      "must have only A-Z, a-z, 0-9, _ and - after the colon; give <digits>:<letters and digits>, as @BotFather gave it",
    ],
    [
      "1:a b",
      "must have only A-Z, a-z, 0-9, _ and - after the colon; give <digits>:<letters and digits>, as @BotFather gave it",
    ],
  ])("%j is refused with its cure", (token, reason) => {
    expect(rules.tokenProblem(token)).toBe(reason);
  });

  it.each([
    [goodToken, "123456789"],
    ["1:a", "1"],
    ["01:a", undefined],
    ["a:1", undefined],
    ["123", undefined],
    [" 1:a", undefined],
    ["", undefined],
  ])("%j is of bot %j", (token, id) => {
    expect(rules.botIdOf(token)).toBe(id);
  });
});

describe("a webhook's url", () => {
  it.each([
    "https://bots.example.com",
    "https://bots.example.com/",
    "https://bots.example.com:443/tg",
    "https://bots.example.com:80/tg",
    "https://bots.example.com:88/tg",
    "https://bots.example.com:8443/tg?a=1&b=%20",
    "HTTPS://BOTS.example.COM/tg",
    "https://my_bot.example.com/tg",
    "https://xn--bcher-kva.example.com/",
    "https://8.8.4.4/tg",
    "https://8.8.4.4:8443/tg/123456789",
    "https://11.0.0.0/",
    "https://172.32.0.1/",
    "https://223.255.255.255/",
    "https://localhost.example.com/",
    `https://bots.example.com/${"x".repeat(3475)}`,
  ])("%.60s is accepted", (url) => {
    expect(
      rules.webhookUrlProblem(url, { ...cloud, token: goodToken, apiUrl: "https://api.telegram.org" }),
    ).toBeUndefined();
  });

  it.each([
    "http://127.0.0.1:3000/tg",
    "http://bot:8080/",
    "https://[::1]:9000/tg",
    "http://10.0.0.4:65535/",
    "https://localhost/",
    "http://bots.internal/tg",
  ])("%s is accepted for a local server", (url) => {
    expect(rules.webhookUrlProblem(url, local)).toBeUndefined();
    expect(rules.webhookUrlProblem(url, cloud)).toEqual(expect.any(String));
  });

  it.each([
    ["", "must not be empty; give the https URL of your bot's endpoint"],
    ["ftp://bot/", "must use https or http; got another scheme"],
    ["bot:3000/tg", "must use https and say so: begin with https://"],
    ["http://bot:0/tg", "must have a port from 1 to 65535, or none; got http://bot:0/…"],
    ["http://bot:65536/tg", "must have a port from 1 to 65535, or none; got http://bot:65536/…"],
    [
      "http://a:b@bot/tg",
      "must not hold a user name or password, which anyone with the token can read back; use secretToken instead",
    ],
    ["http://bot/tg#", "must not have a fragment (#…), which Telegram would send as a part of the path; remove it"],
    ["http://bot/t\tg", "must not contain spaces, line breaks or control characters; remove the one at position 13"],
    ["http://bot/ü", "must be ASCII after the host; percent-encode the other characters"],
    ["http://bot./", "must name the host without a dot at the end; no certificate matches a name with one"],
    ["http://256.1.1.1/", "must name a valid host; got neither a host name nor an IPv4 address"],
    ["http://134744072/", "must write its IPv4 address as 8.8.8.8"],
    [
      "http://a..b/",
      "must name a valid host: dots between labels of 1 to 63 characters that begin and end with a letter or digit",
    ],
    ["http://[::x]/", "must name a host; got a broken IPv6 address"],
  ])("%j is refused for a local server too", (url, reason) => {
    expect(rules.webhookUrlProblem(url, local)).toBe(reason);
  });

  it("may not be a call of the server that apiUrl names", () => {
    const options = { ...local, apiUrl: "http://10.0.0.4:8081/api" };
    expect(rules.webhookUrlProblem("http://10.0.0.4:8081/api/bot1:x/setWebhook", options)).toBe(
      "must be your own endpoint, not a call of the Bot API; this resource calls setWebhook itself",
    );
    expect(rules.webhookUrlProblem("http://10.0.0.4:8081/tg", options)).toBeUndefined();
  });

  it("may not hold the token, however often it is encoded", () => {
    const twice = encodeURIComponent(encodeURIComponent(goodToken));
    const byLetter = [...goodToken].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
    for (const hidden of [twice, byLetter, "1%3Ax"]) {
      const token = hidden === "1%3Ax" ? "1:x" : goodToken;
      expect(rules.webhookUrlProblem(`https://bots.example.com/${hidden}`, { ...cloud, token })).toBe(
        "must not contain the bot's token, since URLs end up in logs; use a random path and a secretToken instead",
      );
    }
  });

  it.each([
    ["https://user:pw@bots.example.com:8443/tg?key=1", "https://bots.example.com:8443/…"],
    ["http://[::1]:80", "http://[::1]:80/…"],
    ["https://bots.example.com:secret/", "https://bots.example.com/…"],
    ["https://b!ts/", "https://(host)/…"],
    [`https://bots.example.com/${goodToken}`, "a URL"],
    ["bots.example.com", "a URL"],
  ])("%s is shown as %s", (url, shown) => {
    expect(rules.shownUrl(url)).toBe(shown);
  });
});

describe("addresses", () => {
  it.each([
    ["0.255.255.255", "0.0.0.0/8, this network"],
    ["1.0.0.0", undefined],
    ["9.255.255.255", undefined],
    ["10.255.255.255", "10.0.0.0/8, private networks"],
    ["100.63.255.255", undefined],
    ["100.127.255.255", "100.64.0.0/10, carrier-grade NAT"],
    ["100.128.0.0", undefined],
    ["127.255.255.255", "127.0.0.0/8, loopback, the machine itself"],
    ["169.254.0.0", "169.254.0.0/16, link-local"],
    ["172.15.255.255", undefined],
    ["172.16.0.0", "172.16.0.0/12, private networks"],
    ["172.32.0.0", undefined],
    ["192.0.0.255", "192.0.0.0/24, IETF protocol assignments"],
    ["192.0.1.0", undefined],
    ["192.0.2.255", "192.0.2.0/24, documentation, TEST-NET-1"],
    ["192.88.99.255", "192.88.99.0/24, 6to4 relays"],
    ["192.168.255.255", "192.168.0.0/16, private networks"],
    ["198.17.255.255", undefined],
    ["198.19.255.255", "198.18.0.0/15, benchmarks"],
    ["198.51.100.255", "198.51.100.0/24, documentation, TEST-NET-2"],
    ["203.0.113.255", "203.0.113.0/24, documentation, TEST-NET-3"],
    ["223.255.255.255", undefined],
    ["224.0.0.0", "224.0.0.0/3, multicast and future use"],
    ["255.255.255.255", "224.0.0.0/3, multicast and future use"],
    ["8.8.4.4", undefined],
    ["::1", undefined],
    ["rubbish", undefined],
  ])("%s lies in the reserved range %j", (ip, range) => {
    expect(rules.isReservedIpv4(ip)).toBe(range);
  });

  it.each([
    ["149.154.159.255", false],
    ["149.154.160.0", true],
    ["149.154.175.255", true],
    ["149.154.176.0", false],
    ["91.108.3.255", false],
    ["91.108.4.0", true],
    ["91.108.7.255", true],
    ["91.108.8.0", false],
    ["rubbish", false],
  ])("%s is Telegram's own: %j", (ip, isTheirs) => {
    expect(rules.isTelegramAddress(ip)).toBe(isTheirs);
  });

  it.each([
    ["localhost", true],
    ["LOCALHOST", true],
    ["api.localhost", true],
    ["127.0.0.1", true],
    ["127.8.9.10", true],
    ["::1", true],
    ["[::1]", true],
    ["localhost.example.com", false],
    ["128.0.0.1", false],
    ["", false],
  ])("%s is loopback: %j", (host, isLoopback) => {
    expect(isLoopbackHost(host)).toBe(isLoopback);
  });

  const notIpv4 =
    "must be an IPv4 address written as four decimal numbers; leave it out to have the host of url looked up";
  const notIpv6 = "must be an IPv4 address, since Telegram does not deliver over IPv6; got an IPv6 address";
  const reserved =
    "must be a public address; got 10.0.0.4, which Telegram refuses as reserved (10.0.0.0/8, private networks)";
  const telegrams =
    "must be your own endpoint's; got 91.108.4.1, which is one of Telegram's own addresses (it calls you from there)";
  it.each([
    ["8.8.4.4", undefined, undefined],
    ["10.0.0.4", reserved, undefined],
    ["91.108.4.1", telegrams, telegrams],
    ["2606:4700::1", notIpv6, notIpv6],
    ["[::1]", notIpv6, notIpv6],
    ["010.0.0.1", notIpv4, notIpv4],
    ["8.8.4.4:443", notIpv4, notIpv4],
    ["bots.example.com", notIpv4, notIpv4],
    ["", notIpv4, notIpv4],
  ])("%j may be pinned or not, in the cloud and for a local server", (ip, inCloud, atLocal) => {
    expect([rules.ipAddressProblem(ip, cloud), rules.ipAddressProblem(ip, local)]).toEqual([inCloud, atLocal]);
  });
});

describe("a Bot API server's url", () => {
  it.each([
    ["https://api.telegram.org", undefined],
    ["https://api.telegram.org/", undefined],
    ["https://tg.example.com:8081/proxy/v1", undefined],
    ["http://localhost:8081", undefined],
    ["http://127.0.0.1:8081/x", undefined],
    ["http://[::1]:8081", undefined],
    ["https://10.0.0.4", undefined],
    [
      "http://10.0.0.4:8081",
      "must use https, since the token is in each request; got http://10.0.0.4:8081/… (http is for loopback or localServer)",
    ],
    ["ftp://a.example.com", "must begin with https:// (or http:// for loopback or localServer)"],
    ["https://", "must name a host"],
    ["https://a.example.com:99999", "must have a port from 1 to 65535, or none; got https://a.example.com:99999/…"],
    ["https://a.example.com/bot", "must not end in /bot; /bot<token>/<method> is added to it"],
    ["https://a.example.com/bot/", "must not end in /bot; /bot<token>/<method> is added to it"],
    [
      "https://a.example.com/bot{token}",
      "must have a plain path (letters, digits and . _ ~ - between single slashes) or none",
    ],
    [
      "https://a.example.com/a//b",
      "must have a plain path (letters, digits and . _ ~ - between single slashes) or none",
    ],
    [
      "https://a.example.com/a/../b",
      "must have a plain path (letters, digits and . _ ~ - between single slashes) or none",
    ],
    ["https://a.example.com?x", "must not hold a query or fragment; give scheme, host, port and path only"],
    ["https://a.example.com#x", "must not hold a query or fragment; give scheme, host, port and path only"],
    ["https://me@a.example.com", "must not hold a user name or password; a Bot API server takes none"],
  ])("%s is refused for %j", (url, reason) => {
    expect(rules.apiUrlProblem(url, cloud)).toBe(reason);
  });

  it("may be http anywhere for a local server", () => {
    expect(rules.apiUrlProblem("http://10.0.0.4:8081", local)).toBeUndefined();
  });

  it.each([
    ["HTTPS://API.Telegram.org/", "https://api.telegram.org"],
    ["https://api.telegram.org:443", "https://api.telegram.org"],
    ["http://tg.example.com:8081/Proxy/", "http://tg.example.com:8081/Proxy"],
    ["https://me:pw@tg.example.com/", "https://me:pw@tg.example.com/"],
    ["rubbish", "rubbish"],
  ])("%s has the normal form %s, and a refused one stays for the message", (url, normal) => {
    expect(rules.normalApiUrl(url)).toBe(normal);
    expect(rules.normalApiUrl(normal)).toBe(normal);
  });

  it.each([
    ["https://api.telegram.org", true],
    ["https://API.telegram.org/x", true],
    ["https://api.telegram.org.example.com", false],
    ["https://telegram.org", false],
    ["rubbish", false],
  ])("%s is Telegram's own: %j", (url, isTheirs) => {
    expect(rules.isTelegramsOwn(url)).toBe(isTheirs);
  });
});

describe("a secret", () => {
  it.each(["a", "null", "A-Z_09", "x".repeat(256)])("of allowed characters is accepted (%#)", (secret) => {
    expect(rules.secretTokenProblem(secret)).toBeUndefined();
  });

  it.each([
    ["", "must be 1 to 256 characters; got 0 characters"],
    ["x".repeat(300), "must be 1 to 256 characters; got 300 characters"],
    [
      "1:abc",
      "must have only A-Z, a-z, 0-9, _ and -; at position 2 is a colon (a bot's token is no secretToken: make a random text)",
    ],
    ["abc\n", "must have only A-Z, a-z, 0-9, _ and -; at position 4 is white space (trim it)"],
    [
      "abcd/w==",
      "must have only A-Z, a-z, 0-9, _ and -; at position 5 is one of + / = (encode it as base64url instead of base64)",
    ],
    ["ä", "must have only A-Z, a-z, 0-9, _ and -; at position 1 is another character"],
  ])("%.10j is refused without being shown", (secret, reason) => {
    expect(rules.secretTokenProblem(secret)).toBe(reason);
  });
});

describe("a certificate", () => {
  it.each([
    ["self-signed", "self-signed"],
    ["self-signed that may not sign others", "self-signed-leaf-only"],
    ["the root of a CA", "root"],
  ])("that is %s is accepted", (_, name) => {
    expect(rules.certificateProblem(pem(name), now)).toBeUndefined();
  });

  it.each([
    ["a leaf with its root", pem("leaf") + pem("root")],
    ["an expired and a valid anchor", pem("expired") + pem("self-signed")],
    ["the next anchor and the current one", pem("not-yet-valid") + pem("self-signed")],
    ["text around the blocks, and CRLF", `# mine\n${pem("self-signed")}\n# end`.replaceAll("\n", "\r\n")],
  ])("in a bundle of %s is accepted", (_, bundle) => {
    expect(rules.certificateProblem(bundle, now)).toBeUndefined();
  });

  it.each([
    [
      "a damaged second block",
      pem("root") + pem("root").replace("MII", "M!!"),
      "must be readable PEM; certificate 2 of 2 is cut off or damaged, copy it again",
    ],
    [
      "an expired and a future anchor",
      pem("expired") + pem("not-yet-valid"),
      "must be valid now; this one is not before 2090-01-01T00:00:00Z, check its dates and the clock",
    ],
    ["an expired anchor", pem("expired"), "must be valid now; this one expired 2021-01-01T00:00:00Z, make a new one"],
    [
      "base64 without lines",
      pem("root").replace(/-----[A-Z ]+-----\n/g, ""),
      "must be PEM with its lines; put -----BEGIN CERTIFICATE----- before the text and -----END CERTIFICATE----- after it",
    ],
    [
      "PKCS#7",
      "-----BEGIN PKCS7-----\nMII\n-----END PKCS7-----",
      "must be PEM; got PKCS#7, convert it: openssl pkcs7 -print_certs -in cert.p7b -out cert.pem",
    ],
  ])("with %s is refused with its cure", (_, text, reason) => {
    expect(rules.certificateProblem(text, now)).toBe(reason);
  });

  it.each(["RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"])(
    "with a %s is refused",
    (kind) => {
      expect(rules.certificateProblem(`-----BEGIN ${kind}-----\n${pem("self-signed")}`, now)).toBe(
        "must not hold a private key, which would be sent to Telegram; give the CERTIFICATE block only",
      );
    },
  );

  it.each(["latin1", "utf8"] as const)(
    "in a PKCS#12 file read as %s is refused with the command that converts it",
    (encoding) => {
      const made = spawnSync("openssl", [
        "pkcs12",
        "-export",
        "-nokeys",
        "-passout",
        "pass:x",
        "-in",
        fixture("self-signed"),
      ]);
      expect(rules.certificateProblem(made.stdout.toString(encoding), now)).toBe(
        "must be PEM; got PKCS#12, convert it: openssl pkcs12 -in cert.p12 -nokeys -out cert.pem",
      );
    },
  );
});

describe("a certificate's name", () => {
  it.each([
    ["self-signed", "bots.example.com"],
    ["self-signed", "old.example.com"],
    ["self-signed-other-host", "bots.example.com"],
    ["self-signed-san", "bots.example.com"],
    ["self-signed-san", "a.wild.example.com"],
    ["self-signed-san", "a.b.wild.example.com"],
    ["self-signed-leaf-only", "bots.example.com"],
    ["ip-cn", "8.8.4.4"],
    ["ip-cn", "8.8.8.8"],
    ["ip-san-only", "8.8.4.4"],
    ["ip-dns-san", "8.8.4.4"],
  ])("of %s is judged for %s as OpenSSL judges host names", (name, host) => {
    const file = fixture(name);
    const openssl = spawnSync("openssl", ["verify", "-verify_hostname", host, "-CAfile", file, file]);
    expect(rules.certificateHostProblem(pem(name), `https://${host}/tg`) === undefined).toBe(openssl.status === 0);
  });

  it.each([
    ["the root of a CA", pem("root")],
    ["the root of a CA that is named like a host", pem("root-named-like-a-host")],
    ["a root with the leaf that is served", pem("root") + pem("leaf")],
    ["a root beside the self-signed one of another host", pem("root") + pem("self-signed-other-host")],
    ["an old one beside the right one", pem("self-signed-other-host") + pem("self-signed")],
    ["nothing that can be read", "hello"],
  ])("is not held against %s", (_, bundle) => {
    expect(rules.certificateHostProblem(bundle, "https://bots.example.com/tg")).toBeUndefined();
  });

  it("that a root bears does not excuse the certificate that is served", () => {
    expect(
      rules.certificateHostProblem(
        pem("root-named-like-a-host") + pem("leaf") + pem("root"),
        "https://ca.example.com/",
      ),
    ).toBe(
      "must be for ca.example.com, the host of url; got one that is for bots.example.com, make it for ca.example.com (or add the one that is served, if this is a CA's)",
    );
  });

  it("is refused in a preview if Telegram would not accept it, in the linter's words", async () => {
    const { pem: clients } = await make({ cn: "bots.example.com", extended: ["1.3.6.1.5.5.7.3.2"] });
    const url = "https://bots.example.com/tg";
    const at = new Date();
    expect([clients, pem("self-signed")].map((text) => rules.certificateProblem(text, at))).toEqual([
      undefined,
      undefined,
    ]);
    expect([clients, pem("self-signed")].map((text) => rules.certificateUrlProblem(text, url, at))).toEqual([
      'will not be accepted. Telegram does not trust the certificate: "bots.example.com" is not for servers (extendedKeyUsage ' +
        "has no serverAuth). Make it for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature",
      undefined,
    ]);
  });

  it("is not judged for a url that has problems of its own", () => {
    expect(rules.certificateHostProblem(pem("self-signed"), "rubbish")).toBeUndefined();
    expect(rules.certificateHostProblem(pem("self-signed"), "https://[::1]/")).toBeUndefined();
  });

  it.each([
    [
      pem("self-signed-other-host"),
      "https://bots.example.com/tg",
      "must be for bots.example.com, the host of url; got one that is for old.example.com, make it for bots.example.com (or add the one that is served, if this is a CA's)",
    ],
    [
      pem("root") + pem("leaf"),
      "https://new.example.com/tg",
      "must be for new.example.com, the host of url; got one that is for bots.example.com, make it for new.example.com (or add the one that is served, if this is a CA's)",
    ],
    [
      pem("ip-san-only"),
      "https://8.8.4.4/tg",
      "must name 8.8.4.4 as a host name, since Telegram ignores IP names in an upload; make it with CN=8.8.4.4 or SAN DNS:8.8.4.4",
    ],
  ])("that does not match is refused with its cure (%#)", (bundle, url, reason) => {
    expect(rules.certificateHostProblem(bundle, url)).toBe(reason);
  });
});

describe("update kinds", () => {
  it("are the 27 of Bot API 10.3, each once", () => {
    expect([rules.allUpdateKinds.length, new Set(rules.allUpdateKinds).size]).toEqual([27, 27]);
  });

  it.each([
    ["default"],
    [[]],
    [["message"]],
    [["Message", "message"]],
    [["a_kind_of_next_year"]],
    [[...rules.allUpdateKinds]],
  ])("%j are accepted", (list) => {
    expect(rules.allowedUpdatesProblem(list)).toBeUndefined();
  });

  it.each([
    ["message", 'must be a list of update kinds or "default"; got "message"; write ["message"]'],
    ["message, poll", 'must be a list of update kinds or "default"; got "message, poll"; write ["message", "poll"]'],
    ['["message"]', 'must be a list of update kinds or "default"; got a text of 11 characters'],
    ["", 'must be a list of update kinds or "default"; got a text of 0 characters'],
    [{ message: true }, 'must be a list of update kinds or "default"; got an object'],
    [null, 'must be a list of update kinds or "default"; got null'],
    [["a", null], "must be a list of strings; item 2 is null"],
    [["a", ""], "must not hold an empty text; item 2 is one, remove it"],
    [["a", "Default"], 'must be "default" alone or a list of update kinds; item 2 is "default"'],
    [["a b"], 'must hold one update kind in each item; item 1 is "a b"'],
    [[goodToken], `must hold one update kind in each item; item 1 is a text of ${goodToken.length} characters`],
  ])("%j are refused with the cure", (list, reason) => {
    expect(rules.allowedUpdatesProblem(list)).toBe(reason);
  });

  it("that are not known are told as they were given", () => {
    expect(rules.unknownUpdateKinds(["Message", "Nope", "custom_event", "poll"])).toEqual(["Nope"]);
    expect(rules.unknownUpdateKinds([...rules.allUpdateKinds])).toEqual([]);
    expect(rules.unknownUpdateKinds("default")).toEqual([]);
  });

  it("have one normal form", () => {
    expect(rules.normalUpdateKinds(["Poll", "message", "poll"])).toEqual(["message", "poll"]);
    expect(rules.normalUpdateKinds("default")).toEqual([]);
  });

  const wholeDefault = rules.allUpdateKinds.filter((kind) => !/^chat_member$|^message_reaction/.test(kind));
  it.each<[string, string[] | undefined, string[], boolean]>([
    ["the default reads as absent", undefined, [], true],
    ["a list is not the default", undefined, ["message"], false],
    ["the default is not a list", ["message"], [], false],
    ["the default is not the list of hidden kinds", [], [], false],
    ["order does not count", ["poll", "message"], ["message", "poll"], true],
    ["case does not count", ["message"], ["Message"], true],
    ["one more is different", ["message", "poll"], ["message"], false],
    ["one less is different", ["message"], ["message", "poll"], false],
    ["a name that the server dropped is the same", ["message"], ["message", "nope"], true],
    ["a name that a newer server knows is the same", ["message", "nope"], ["message", "nope"], true],
    ["a list of unknown names becomes the default", undefined, ["nope"], true],
    ["a list of unknown names is not another list", ["message"], ["nope"], false],
    ["a list of unknown names is not that of hidden kinds", [], ["nope"], false],
    ["hidden kinds are never reported", ["message"], ["message", "custom_event"], true],
    ["hidden kinds alone read as an empty list", [], ["custom_event"], true],
    ["the documented default names are a list", [...wholeDefault], [...wholeDefault], true],
    ["the documented default names are not the default", undefined, [...wholeDefault], false],
    ["with the hidden ones they are", undefined, [...wholeDefault, "custom_event", "custom_query"], true],
  ])("compare as the server does: %s", (_, live, wanted, isSame) => {
    expect(rules.sameUpdateKinds(live, wanted)).toBe(isSame);
  });
});

describe("the other arguments", () => {
  it.each([
    [1, undefined, undefined],
    [100, undefined, undefined],
    [101, "must be 1 to 100; got 101", undefined],
    [100_001, "must be 1 to 100; got 100001", "must be 1 to 100000; got 100001"],
    [NaN, "must be a whole number, 1 to 100; got NaN", "must be a whole number, 1 to 100000; got NaN"],
  ])("maxConnections %d in the cloud and for a local server", (n, inCloud, atLocal) => {
    expect([rules.maxConnectionsProblem(n, cloud), rules.maxConnectionsProblem(n, local)]).toEqual([inCloud, atLocal]);
  });

  const shapeOfBot = "must be a bot's numeric id, or its username with @ and 5 to 32 letters, digits or _";
  it.each([
    ["123456789", undefined],
    ["18014398509481983", undefined],
    ["@example_bot", undefined],
    ["18014398509481984", shapeOfBot],
    ["0123", shapeOfBot],
    ["@bot", shapeOfBot],
    ["", shapeOfBot],
    ["example_bot", `${shapeOfBot}; write @example_bot`],
    ["1:x", "must be the bot's id or @username, not its token; give the digits before the colon"],
  ])("expectBot %j", (value, reason) => {
    expect(rules.expectBotProblem(value)).toBe(reason);
  });

  it.each([
    [true, undefined],
    [false, undefined],
    [[], undefined],
    [
      ["old.example.com", "https://old.example.com/tg?x", "http://10.0.0.4:3000", "localhost", "8.8.4.4", "[::1]"],
      undefined,
    ],
    ["old.example.com", "must be true, false or a list of hosts or URLs; got a string"],
    [[1], "must be a list of strings; item 1 is a number"],
    [["a.example.com", "https:///"], "must list hosts (old.example.com) or whole URLs (https://…); item 2 is neither"],
    [["a.example.com:443"], "must list hosts (old.example.com) or whole URLs (https://…); item 1 is neither"],
    [[`https://a.example.com/${goodToken}`], "must not contain a bot token; give only the host for item 1"],
  ])("takeover %j", (value, reason) => {
    expect(rules.takeoverProblem(value)).toBe(reason);
  });

  it.each([
    [false, undefined],
    [{}, undefined],
    [
      { dns: true, tls: false, http: true, require: true, allowPrivateAddresses: false, timeoutSeconds: 600 },
      undefined,
    ],
    [{ nameServers: ["9.9.9.9:53", "[2620:fe::9]:53"], dns: undefined }, undefined],
    [[], "must be false or an object; got a list"],
    [{ timeoutSeconds: 601 }, "must have 1 to 600 as timeoutSeconds; got 601"],
    [{ settleSeconds: 0 }, undefined],
    [{ settleSeconds: -1 }, "must have 0 to 600 as settleSeconds; got -1"],
    [{ settleSeconds: 601 }, "must have 0 to 600 as settleSeconds; got 601"],
    [{ timeoutSeconds: "60" }, "must have 1 to 600 as timeoutSeconds; got a string"],
    [{ nameServers: [] }, 'must have a list of ip:port as nameServers, such as ["9.9.9.9:53"]'],
    [{ nameServers: ["9.9.9.9:0"] }, 'must have a list of ip:port as nameServers, such as ["9.9.9.9:53"]'],
    [{ nameServers: ["dns.example.com:53"] }, 'must have a list of ip:port as nameServers, such as ["9.9.9.9:53"]'],
    [{ nameServers: ["2620:fe::9:53"] }, 'must have a list of ip:port as nameServers, such as ["9.9.9.9:53"]'],
    [
      { [goodToken]: true },
      "must have only dns, tls, http, require, allowPrivateAddresses, nameServers, timeoutSeconds, settleSeconds; got another key",
    ],
  ])("preflight %j", (value, reason) => {
    expect(rules.preflightProblem(value)).toBe(reason);
  });

  it.each([
    [0, undefined],
    [0.5, undefined],
    [120, undefined],
    [-1, "must be 0 to 120; got -1"],
    [Infinity, "must be 0 to 120; got Infinity"],
    [NaN, "must be 0 to 120; got NaN"],
  ])("verifySeconds %d", (n, reason) => {
    expect(rules.verifySecondsProblem(n)).toBe(reason);
  });

  it.each([
    ["1", undefined],
    ["x".repeat(256), undefined],
    ["", "must be 1 to 256 characters; got 0 characters"],
    ["x".repeat(257), "must be 1 to 256 characters; got 257 characters"],
  ])("a trigger (%#)", (text, reason) => {
    expect(rules.triggerProblem(text)).toBe(reason);
  });

  const shapeOfSource = 'must be { env: "NAME" } or { file: "/path" }; got';
  const variable =
    "has env, which must be an environment variable's name: letters, digits and _, not beginning with a digit";
  it.each([
    [{ env: "BOT_TOKEN" }, undefined],
    [{ file: "/run/secrets/token" }, undefined],
    [{ env: "A", file: undefined }, undefined],
    [{}, `${shapeOfSource} no key`],
    [{ env: "A", file: "/a" }, `${shapeOfSource} several keys`],
    [{ vault: "a" }, `${shapeOfSource} "vault"`],
    [["A"], `${shapeOfSource} a list`],
    [{ env: 1 }, "has env, which must be a string; got a number"],
    [{ env: "" }, variable],
    [{ env: "1A" }, variable],
    [{ file: " " }, "has file, which must be a file's path; got an empty or unusable one"],
    [{ file: goodToken }, "has file, which must say where the token is; got the token itself"],
  ])("tokenFrom %j", (value, reason) => {
    expect(sourceProblem(value)).toBe(reason);
  });
});

/** What the parser of `tokenFrom` says. */
function sourceProblem(value: unknown): string | undefined {
  const parsed = tokenFrom.parse(value);
  return "problem" in parsed ? parsed.problem : undefined;
}

describe("whatever is given", () => {
  const forText: ((text: string) => string | undefined)[] = [
    rules.tokenProblem,
    (text) => rules.webhookUrlProblem(text, { ...cloud, token: goodToken, apiUrl: text }),
    (text) => rules.webhookUrlProblem(text, local),
    (text) => rules.ipAddressProblem(text, cloud),
    (text) => rules.apiUrlProblem(text, cloud),
    (text) => void rules.normalApiUrl(text),
    rules.shownUrl,
    rules.secretTokenProblem,
    (text) => rules.certificateProblem(text, now),
    (text) => rules.certificateHostProblem(text, "https://bots.example.com"),
    rules.expectBotProblem,
    rules.triggerProblem,
  ];
  /** Each reads a real certificate: slow, so that they have fewer cases. */
  const besideACertificate: typeof forText = [
    (text) => rules.certificateHostProblem(pem("self-signed"), text),
    (text) => rules.certificateUrlProblem(text + pem("self-signed"), "https://bots.example.com", now),
  ];
  const forAnything: ((value: unknown) => string | undefined)[] = [
    rules.allowedUpdatesProblem,
    rules.takeoverProblem,
    rules.preflightProblem,
    sourceProblem,
  ];
  const awkward = fc.oneof(
    anyText({ maxLength: 200 }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc
      .tuple(fc.constantFrom("https://", "http://", "", "-----BEGIN CERTIFICATE-----", "MII", "0"), fc.string())
      .map((parts) => parts.join("")),
  );

  it("no rule throws, and a reason is one line", () => {
    fc.assert(
      fc.property(awkward, (text) => forText.every((rule) => /^.+$/.test(rule(text) ?? "must"))),
      { numRuns: 500 },
    );
    fc.assert(fc.property(awkward, (text) => besideACertificate.every((rule) => /^.+$/.test(rule(text) ?? "must"))));
    fc.assert(
      fc.property(fc.anything(), (value) => forAnything.every((rule) => rule(value)?.startsWith("must") !== false)),
    );
  });

  it("no reason contains a token", () => {
    const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"];
    const secret = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 35, maxLength: 35 });
    const id = fc.integer({ min: 100_000, max: 9_999_999_999 });
    const around = fc.constantFrom(
      "",
      "bot",
      "https://",
      "https://api.telegram.org/bot",
      "https://a.example.com/",
      "https://user:",
      "http://a.example.com:",
    );
    fc.assert(
      fc.property(around, id, secret, awkward, (before, botId, half, after) => {
        const token = `${botId}:${half}`;
        for (const text of [`${before}${token}`, `${before}${token}${after}`, `${after}${before}${token}`]) {
          const reasons = [
            ...forText.map((rule) => rule(text)),
            rules.webhookUrlProblem(`${before}${half}.example.com/`, { ...cloud, token }),
            ...forAnything.flatMap((rule) =>
              [text, [text], { [text]: 1 }, { env: text }, { nameServers: [text] }].map(rule),
            ),
          ];
          check(!reasons.join("\n").toLowerCase().includes(half.toLowerCase()), reasons);
        }
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(around, id, secret, awkward, (before, botId, half, after) => {
        const reasons = besideACertificate.map((rule) => rule(`${before}${botId}:${half}${after}`));
        check(!reasons.join("\n").toLowerCase().includes(half.toLowerCase()), reasons);
      }),
    );
  });

  it("the normal form of update kinds is its own normal form, and the same as what it came from", () => {
    const kinds = fc.array(fc.oneof(fc.constantFrom(...rules.allUpdateKinds), fc.string({ minLength: 1 })));
    fc.assert(
      fc.property(kinds, (list) => {
        const normal = rules.normalUpdateKinds(list);
        expect(rules.normalUpdateKinds(normal)).toEqual(normal);
        fc.pre(list.some((kind) => rules.allUpdateKinds.includes(kind)));
        expect(rules.sameUpdateKinds(list, normal)).toBe(true);
      }),
    );
  });

  it("a reserved address is refused, in a url and pinned, and no other public one is", () => {
    fc.assert(
      fc.property(fc.ipV4(), (ip) => {
        const isRefused = rules.isReservedIpv4(ip) !== undefined || rules.isTelegramAddress(ip);
        expect(rules.ipAddressProblem(ip, cloud) !== undefined).toBe(isRefused);
        expect(rules.webhookUrlProblem(`https://${ip}/tg`, cloud) !== undefined).toBe(isRefused);
      }),
    );
  });
});

function fixture(name: string): string {
  return join(__dirname, "fixtures", `${name}.pem`);
}
