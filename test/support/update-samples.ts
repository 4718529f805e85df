// One update of each kind, as Telegram sends it: core.telegram.org/bots/api, objects of Bot API 10.3.

const date = Math.floor(Date.now() / 1000); // one that is a day old is never delivered
const user = { id: 1001, is_bot: false, first_name: "Someone", language_code: "en" };
const aBot = { id: 2002, is_bot: true, first_name: "A bot", username: "some_bot" };
const person = { id: 1001, first_name: "Someone", type: "private" };
const group = { id: -1_001_000, title: "A group", type: "supergroup" };
const channel = { id: -1_002_000, title: "A channel", type: "channel" };
const message = { message_id: 7, from: user, chat: person, date, text: "a text" };
const post = { message_id: 8, sender_chat: channel, chat: channel, date, text: "a post" };
const changeOfMember = {
  chat: group,
  from: user,
  date,
  old_chat_member: { status: "left", user },
  new_chat_member: { status: "member", user },
};
const businessMessage = { ...message, business_connection_id: "connection-1" };
const address = {
  country_code: "US",
  state: "NY",
  city: "New York",
  street_line1: "1 A st",
  street_line2: "",
  post_code: "10001",
};
const boostSource = { source: "premium", user };
const option = { persistent_id: "1", text: "yes", voter_count: 1 };
const thumbsUp = { type: "emoji", emoji: "👍" };

/** By kind; the messages are no ping. */
export const updateSamples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  message,
  edited_message: { ...message, edit_date: date + 1 },
  channel_post: post,
  edited_channel_post: { ...post, edit_date: date + 1 },
  inline_query: { id: "11", from: user, query: "a query", offset: "" },
  chosen_inline_result: { result_id: "r1", from: user, query: "a query" },
  callback_query: { id: "12", from: user, message, chat_instance: "-77", data: "pressed" },
  shipping_query: { id: "13", from: user, invoice_payload: "order-1", shipping_address: address },
  pre_checkout_query: { id: "14", from: user, currency: "USD", total_amount: 100, invoice_payload: "order-1" },
  poll: {
    id: "15",
    question: "well?",
    options: [option, { ...option, persistent_id: "2", text: "no" }],
    total_voter_count: 2,
    is_closed: true,
    is_anonymous: true,
    type: "regular",
    allows_multiple_answers: false,
    allows_revoting: true,
    members_only: false,
  },
  poll_answer: { poll_id: "15", user, option_ids: [0], option_persistent_ids: ["1"] },
  my_chat_member: {
    ...changeOfMember,
    old_chat_member: { status: "left", user: aBot },
    new_chat_member: { status: "member", user: aBot },
  },
  chat_member: changeOfMember,
  chat_join_request: { chat: group, from: user, user_chat_id: 1001, date },
  chat_boost: {
    chat: channel,
    boost: { boost_id: "b1", add_date: date, expiration_date: date + 86_400, source: boostSource },
  },
  removed_chat_boost: { chat: channel, boost_id: "b1", remove_date: date, source: boostSource },
  message_reaction: { chat: group, message_id: 7, user, date, old_reaction: [], new_reaction: [thumbsUp] },
  message_reaction_count: { chat: channel, message_id: 8, date, reactions: [{ type: thumbsUp, total_count: 3 }] },
  business_connection: { id: "connection-1", user, user_chat_id: 1001, date, can_reply: true, is_enabled: true },
  business_message: businessMessage,
  edited_business_message: { ...businessMessage, edit_date: date + 1 },
  deleted_business_messages: { business_connection_id: "connection-1", chat: person, message_ids: [7] },
  purchased_paid_media: { from: user, paid_media_payload: "media-1" },
  managed_bot: { user, bot: aBot },
  guest_message: { ...message, guest_query_id: "16" },
  subscription: { user, invoice_payload: "order-1", state: "canceled" },
  stopped_message_generation: { chat: person, draft_id: 3 },
};
