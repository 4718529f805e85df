// pulumi-telegram/testing: a fake Telegram Bot API server for tests.
export { startFakeTelegram } from "./server";
export { ControlError } from "./types";
export type {
  BotApiAnswer,
  DeliveryRecord,
  Encoding,
  EnvironmentChoice,
  FakeTelegram,
  FakeTelegramOptions,
  Fault,
  FaultKind,
  HostAddress,
  JournalEntry,
  JournalFilter,
  NewBot,
  NewMessage,
  Outsider,
  OutsiderParameters,
  SentMessage,
  WebhookState,
} from "./types";
