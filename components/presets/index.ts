// The frameworks that BotEndpoint knows, by the name in `preset:`. This list is the only one: types and documentation follow from it.
import { aiogram } from "./aiogram";
import { grammy } from "./grammy";
import { mubble } from "./mubble";
import type { Preset } from "./preset";
import { pythonTelegramBot } from "./python-telegram-bot";
import { telegraf } from "./telegraf";
import { telepot } from "./telepot";

export type { BotProcess, Preset, UpdateKind } from "./preset";

const all = [pythonTelegramBot, aiogram, telepot, mubble, grammy, telegraf] as const;

export type PresetName = (typeof all)[number]["name"];

export const presets = Object.fromEntries(all.map((one) => [one.name, one])) as Record<PresetName, Preset>;
