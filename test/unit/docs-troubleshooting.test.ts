// docs/troubleshooting.md says what the code says: each message is one of ours, and none of a kind is left out.
import { driftLine } from "../../provider/telegram/webhook/drift";
import { deliveryErrors } from "../../provider/telegram/delivery-error-table";
import { explainDeliveryError } from "../../provider/telegram/delivery-errors";
import { webhookFields } from "../../provider/telegram/webhook/fields";
import type { WebhookState } from "../../provider/telegram/webhook/fields";
import { inputsOf } from "../../provider/core/fields";
import { sha256 } from "../../provider/core/hash";
import { codeIn, everyFailure, everyNotice, messagesIn, piecesOf, read, rowsBelow } from "../support/pages";

const page = "docs/troubleshooting.md";
const previewWarnings = everyNotice("preview warning").map((notice) => {
  return (typeof notice === "string" ? notice : notice.text).replace(/\{\w+\}/g, "…");
});
const messages = [messagesIn("provider"), messagesIn("cli"), ...previewWarnings].join("\n");

test.each([
  "## A command fails",
  "## A preview warns",
  "## A command succeeds and says something",
  "## What a refresh says",
  "## What the doctor says of Telegram",
])("%s: the messages are the ones in the code", (heading) => {
  const pieces = rowsBelow(page, heading).flatMap(([cell]) => codeIn(cell).flatMap(piecesOf));
  expect(pieces.length).toBeGreaterThanOrEqual(rowsBelow(page, heading).length);
  expect(pieces.filter((piece) => !messages.includes(piece))).toEqual([]);
});

test("each code of a failure has one row, with a message that its page gives the cure of", () => {
  const rows = rowsBelow(page, "## A command fails");
  const codes = [...everyFailure().keys()];
  expect(codes.length).toBeGreaterThan(15);
  expect(rows.map(([, code]) => codeIn(code)[0]).sort()).toEqual(codes.sort());
  const strays = rows.filter(([message, code, cures = ""]) => {
    const [, target = ""] = /\]\(([\w-]+\.md)#errors\)/.exec(cures) ?? [];
    return !rowsBelow(`docs/${target}`, "## Errors").some(
      (row) => row[0] === message && codeIn(row[1])[0] === codeIn(code)[0],
    );
  });
  expect(strays).toEqual([]);
});

test("the table at the top leads to each section, and to nothing else of the page", () => {
  const sections = [...read(page).matchAll(/^## (.+)$/gm)].map(([, title = ""]) => title);
  const linked = rowsBelow(page, "# Troubleshooting").flatMap(([, cell = ""]) => /\[(.+)\]\(#/.exec(cell)?.[1] ?? []);
  expect(linked.sort()).toEqual(sections.sort());
});

test("no warning of a preview is left out", () => {
  const told = rowsBelow(page, "## A preview warns").flatMap(([cell]) => codeIn(cell));
  const beginnings = previewWarnings.map((text) => piecesOf(text)[0] ?? "");
  expect(beginnings.length).toBeGreaterThanOrEqual(7);
  expect(
    beginnings.filter(
      (words) =>
        words === "" || !told.some((one) => one.length > 20 && (one.startsWith(words) || words.startsWith(one))),
    ),
  ).toEqual([]);
});

const url = "https://bots.example.com/tg/x";
const secretToken = "a-secret-of-this-bot";
const old: WebhookState = {
  ...inputsOf(webhookFields, { botId: "1", url, secretToken }),
  hasCustomCertificate: false,
  registeredAt: "2026-11-21T12:00:00.000Z",
  owned: { urlSha256: sha256(url), registeredAt: "2026-11-21T12:00:00.000Z" },
  secretInForce: true,
  verified: true,
};
const live = { url, hasCustomCertificate: false, pendingUpdateCount: 0, maxConnections: 41 };
const elsewhere = (other: string) => driftLine(old, { ...live, url: other }, false);

test("every line about drift is in exactly one row, and every row is such a line", () => {
  const lines = [
    driftLine(old, { ...live, url: "" }, false),
    driftLine(old, { ...live, maxConnections: 40 }, false),
    elsewhere(`https://bots.example.com/telegraf/${"0a".repeat(32)}`),
    elsewhere("https://evil.example.net/x"),
    elsewhere("https://bots.example.com/old"),
    elsewhere("https://bots.telegram.org/x"),
    elsewhere("https://abc.ngrok.app/x"),
    elsewhere("https://team.n8n.cloud/x"),
    driftLine({ ...old, url: "https://evil.example.net/x" }, live, false),
    driftLine(old, { ...live, allowedUpdates: ["message"] }, false),
    driftLine(old, { ...live, url: "" }, true),
  ];
  const rows = rowsBelow(page, "## What a refresh says").map(([cell]) => codeIn(cell).flatMap(piecesOf));
  const matching = lines.map((line) =>
    rows.flatMap((pieces, at) => (pieces.every((one) => line?.includes(one)) ? [at] : [])),
  );
  expect(matching).toEqual(lines.map((_line, at) => [at]));
});

describe("the table of delivery errors", () => {
  const rows = rowsBelow(page, "## Telegram's delivery errors");

  test("has the causes and cures of the code, all of them, in its order", () => {
    expect(rows.map(([, cause, cure]) => ({ cause, cure }))).toEqual(
      deliveryErrors.map(([, , cause, cure]) => ({ cause, cure })),
    );
  });

  test.each(rows)("%s: explainDeliveryError says the same", (cell, cause, cure, outcome) => {
    const examples = codeIn(cell).map((text) => {
      return /^\d{3}$/.test(text) ? `Wrong response from the webhook: ${text}` : text.replaceAll("…", "x");
    });
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const { isBroken, ...said } = explainDeliveryError(example);
      expect([example, said]).toEqual([example, { kind: said.kind, cause, cure }]);
      expect([example, isBroken ? "fails" : "warns"]).toEqual([example, outcome]);
    }
  });
});
