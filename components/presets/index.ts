// The frameworks that BotEndpoint knows, by the name in `preset:`.
import { aiogram } from "./aiogram";
import { grammy } from "./grammy";
import { mubble } from "./mubble";
import type { Preset } from "./preset";
import { pythonTelegramBot } from "./python-telegram-bot";
import { telegraf } from "./telegraf";
import { telepot } from "./telepot";

export type { BotProcess, Preset, UpdateKind } from "./preset";

export type PresetName = "python-telegram-bot" | "aiogram" | "telepot" | "mubble" | "grammy" | "telegraf";

export const presets: Record<PresetName, Preset> = {
  "python-telegram-bot": pythonTelegramBot,
  aiogram,
  telepot,
  mubble,
  grammy,
  telegraf,
};
