// What getWebhookInfo gives a program: the server's words, without the token and as a terminal may get them.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getWebhookInfo } from "../../../provider/telegram/info";

test("the result of getWebhookInfo, which is not secret, has neither the token nor a colour of the server's", async () => {
  const hidden = "AAF-qWe_4rty5UiOp6asDfGh7jKlZxCvBnM";
  const token = `4242424242:${hidden}`;
  const result = {
    url: `https://bots.example.com/${token}`,
    has_custom_certificate: false,
    pending_update_count: 2,
    allowed_updates: ["poll"],
    last_error_date: 1_795_000_000,
    last_error_message: `<{%fg 1%}>no such path /bot${token}/x\u001b[2J`,
  };
  const server = createServer((_request, response) => response.end(JSON.stringify({ ok: true, result })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await getWebhookInfo({ token, apiUrl })).toEqual({
      url: "https://bots.example.com/4242424242:[secret]",
      hasCustomCertificate: false,
      pendingUpdateCount: 2,
      allowedUpdates: ["poll"],
      lastErrorAt: "2026-11-18T11:06:40.000Z",
      lastErrorMessage: "<{ %fg 1%}>no such path /bot4242424242:[secret]/x\\u001b[2J",
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
