// The rules of the arguments, and the reader of getWebhookInfo, against what the real Bot API server was recorded to answer.
import { ipAddressProblem, webhookUrlProblem } from "../../../provider/telegram/addresses";
import { secretTokenProblem } from "../../../provider/constants/secret-token";
import { certificateProblem } from "../../../provider/telegram/certificates";
import { infoFrom } from "../../../provider/telegram/webhook/wire";
import { recording, unpack } from "../../support/recordings/data";
import type { Bytes } from "../../support/recordings/data";

interface Case {
  request: { method: string; params: Record<string, string>; files?: Record<string, string> };
  answer: { body: string };
}

/** What only the network can tell; a preflight looks for it. */
const ofTheNetwork = /Failed to resolve host|IP address [\d.]+ is reserved|IPv6-only|Failed to connect/;

const recordedAt = new Date("2026-11-28T12:00:00Z");

test.each([
  ["values", false],
  ["values-local", true],
] as const)("%s: what the rules let through is never refused by the server for its form", (file, localServer) => {
  let count = 0;
  const { cases, files } = recording<{ cases: Case[]; files: Record<string, Bytes> }>(file);
  const gaps = cases.flatMap(({ request, answer }) => {
    const { url, secret_token: secret, ip_address: address } = request.params;
    if (request.method !== "setWebhook" || !url) return [];
    const upload = files[request.files?.["certificate"] ?? ""];
    const { ok, description } = JSON.parse(answer.body) as { ok: boolean; description: string };
    const problems = [
      webhookUrlProblem(url, { localServer }),
      secret === undefined ? undefined : secretTokenProblem(secret),
      upload === undefined ? undefined : certificateProblem(unpack(upload).toString(), recordedAt),
      address === undefined ? undefined : ipAddressProblem(address, { localServer }),
    ];
    const isLetThrough = problems.every((problem) => problem === undefined);
    if (isLetThrough) count += 1;
    return isLetThrough && !ok && !ofTheNetwork.test(description) ? [{ params: request.params, description }] : [];
  });
  expect(gaps).toEqual([]);
  expect(count).toBeGreaterThan(20);
});

/** The results of getWebhookInfo in a file, however they stand in it. */
function infosIn(value: unknown): object[] {
  if (typeof value === "string" && value.startsWith('{"ok":true,"result":{"url":')) {
    return [(JSON.parse(value.replace(/<(?:date|bot|update_id)>/g, "1")) as { result: object }).result];
  }
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value) && value.some((part) => typeof (part as { repeat?: unknown } | null)?.repeat === "string")) {
    return infosIn(unpack(value as Bytes).toString());
  }
  if ("has_custom_certificate" in value && "url" in value) {
    return [JSON.parse(JSON.stringify(value).replaceAll('"<date>"', "1")) as object];
  }
  return Object.values(value).flatMap(infosIn);
}

test("every webhook that getWebhookInfo was recorded to report is read", () => {
  const infos = ["values", "values-local", "histories", "timing"].flatMap((name) => infosIn(recording<unknown>(name)));
  expect(infos.length).toBeGreaterThan(500);
  const read = infos.map((raw) => ({ raw, info: infoFrom(raw) }));
  expect(read.filter(({ info }) => "odd" in info)).toEqual([]);
  // One that is set has an address, unless its name is still looked up.
  const unverified = read.filter(({ info }) => !("odd" in info) && info.url !== "" && info.ipAddress === undefined);
  expect(unverified.map(({ raw }) => (raw as { ip_address: string }).ip_address)).toEqual(
    unverified.map(() => "<unknown>"),
  );
});
