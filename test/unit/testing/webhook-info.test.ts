// getWebhookInfo: fields and their order; allowed_updates: what it takes and what it prints.
import { fixtures } from "./raw";

const start = fixtures();
const URL_A = "https://a.example.com/hook";
const startWithHost = (options: Parameters<typeof start>[0] = {}) => start({ resolveEverything: {}, ...options });

describe("getWebhookInfo", () => {
  test("has the fields in the server's order, each only when it is there", async () => {
    const bot = await startWithHost({ now: () => new Date("2026-01-01T00:00:00Z") });
    expect((await bot.raw("getWebhookInfo")).text).toBe(
      '{"ok":true,"result":{"url":"","has_custom_certificate":false,"pending_update_count":0}}',
    );
    await bot.call("setWebhook", { url: URL_A, allowed_updates: ["poll", "message"], ip_address: "149.154.167.221" });
    await bot.telegram.clock.advance(5);
    bot.telegram.setLastError(bot.id, "it broke", { date: 1767225600 });
    bot.telegram.setLastSynchronizationError(bot.id, 1767225601);
    expect((await bot.raw("getWebhookInfo")).text).toBe(
      `{"ok":true,"result":{"url":"${URL_A}","has_custom_certificate":false,"pending_update_count":0,` +
        '"last_error_date":1767225600,"last_error_message":"it broke","max_connections":40,' +
        '"ip_address":"149.154.167.221","allowed_updates":["message","poll"],' +
        '"last_synchronization_error_date":1767225601}}',
    );
  });

  test("shows the URL byte for byte", async () => {
    const bot = await startWithHost();
    const url = "A.Example.com/x?y=%41#z";
    await bot.call("setWebhook", { url });
    expect(await bot.info()).toMatchObject({ url });
  });
});

describe("allowed_updates", () => {
  const DOCUMENTED_DEFAULT =
    "message edited_message channel_post edited_channel_post inline_query chosen_inline_result callback_query shipping_query pre_checkout_query poll poll_answer my_chat_member chat_join_request chat_boost removed_chat_boost business_connection business_message edited_business_message deleted_business_messages purchased_paid_media managed_bot guest_message subscription stopped_message_generation".split(
      " ",
    );

  test.each<[string, unknown, string[] | null]>([
    ["is printed in the order of the enum", ["poll", "CHAT_MEMBER", "message"], ["message", "poll", "chat_member"]],
    ["is the default when empty", [], null],
    ["is the default when nothing in it is known", ["nope", "other"], null],
    ["may be a JSON text in JSON", '["poll"]', ["poll"]],
    ["prints no hidden name, and hidden ones alone leave an empty list", ["custom_event"], []],
    ["that lists every documented default name is not the default", DOCUMENTED_DEFAULT, DOCUMENTED_DEFAULT],
    ["with the two hidden names too is the default", [...DOCUMENTED_DEFAULT, "custom_event", "custom_query"], null],
    ["is ignored when it is no list", { a: 1 }, ["inline_query"]],
    ["is ignored when an element is no text", ["message", 5], ["inline_query"]],
    ["is ignored when it is no JSON", "message", ["inline_query"]],
    ["is ignored when it is empty text", "", ["inline_query"]],
  ])("%s", async (_, allowed_updates, expected) => {
    const bot = await startWithHost();
    await bot.call("setWebhook", { url: URL_A, allowed_updates: ["inline_query"] });
    await bot.set({ url: URL_A, allowed_updates });
    expect(bot.telegram.state(bot.id).allowedUpdates).toEqual(expected);
  });

  test("filters updates when they are made, not those in the queue", async () => {
    const bot = await startWithHost();
    bot.telegram.message(bot.id, { text: "before" });
    await bot.call("setWebhook", { url: URL_A, allowed_updates: ["poll"] });
    expect(bot.telegram.message(bot.id, { text: "after" })).toEqual({ updateId: 0 });
    expect(bot.telegram.update(bot.id, { poll: { id: "5" } }).updateId).toBeGreaterThan(0);
    expect(bot.telegram.pending(bot.id)).toBe(2);
  });
});
