# Tells everybody what they wrote, in AWS Lambda behind a FIFO queue of SQS: takes its events, and says which updates failed.
import asyncio
import json
import logging
import os

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

api = TelegramAPIServer.from_base(os.environ.get("TELEGRAM_API_URL", "https://api.telegram.org"))
bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=AiohttpSession(api=api))
dispatcher = Dispatcher()
loop = asyncio.new_event_loop()  # one for all invocations of this process: aiogram's connections belong to it


@dispatcher.message(F.text)
async def echo(message: Message):
    await message.answer(f"You wrote: {message.text}")


async def feed(records):
    """Feeds one update after the other; gives the records from the first that failed on, which SQS then delivers again."""
    for at, record in enumerate(records):
        try:
            await dispatcher.feed_raw_update(bot, json.loads(record["body"]))
        except Exception as error:
            logging.error("update %s failed: %s", record["attributes"]["MessageDeduplicationId"], type(error).__name__)
            return records[at:]  # the order stays: what comes after it waits too
    return []


def handle(event, context):
    failed = loop.run_until_complete(feed(event["Records"]))
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
