# Tells everybody what they wrote, in AWS Lambda: takes the events of a function URL and of an HTTP API (payload format 2.0).
import asyncio
import base64
import hmac
import os

import msgspec
from mubble import API, Message, Mubble, Token
from mubble.msgspec_utils import decoder
from mubble.rules import HasText
from mubble.types.objects import Update

API.API_URL = f"{os.environ.get('TELEGRAM_API_URL', 'https://api.telegram.org')}/"
api = API(Token(os.environ["TELEGRAM_BOT_TOKEN"]))
bot = Mubble(api)
# With a function URL Telegram's secrets, behind an HTTP API the one that the API puts in their place.
accepted = os.environ.get("WEBHOOK_SECRETS", os.environ["WEBHOOK_SECRET"])
secrets = [secret.encode() for secret in accepted.split(",")]
loop = asyncio.new_event_loop()  # one for all invocations of this process: Mubble's connections belong to it


@bot.on.message(HasText())
async def echo(message: Message):
    await message.answer(f"You wrote: {message.text.unwrap()}")


def handle(event, context):
    if event["requestContext"]["http"]["method"] != "POST":
        return {"statusCode": 405}
    given = event["headers"].get("x-telegram-bot-api-secret-token", "").encode()  # header names come in lower case
    if not any(hmac.compare_digest(given, secret) for secret in secrets):
        return {"statusCode": 401}
    body = event.get("body") or ""
    try:
        update = decoder.decode(base64.b64decode(body) if event["isBase64Encoded"] else body, type=Update)
    except msgspec.DecodeError:
        return {"statusCode": 400}
    loop.run_until_complete(bot.dispatch.feed(update, api))
    return {"statusCode": 200}
