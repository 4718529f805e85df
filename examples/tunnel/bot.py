# Tells everybody what they wrote: aiogram in aiohttp's server. Nothing checks the secret on the way, so the bot does, with all that are accepted.
import logging
import os
from secrets import compare_digest

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

logging.basicConfig(level=logging.INFO)
dispatcher = Dispatcher()
accepted = [secret.encode() for secret in os.environ["WEBHOOK_SECRETS"].split(",")]


@dispatcher.message(F.text)
async def echo(message):
    await message.answer(f"You wrote: {message.text}")


class Handler(SimpleRequestHandler):
    def verify_secret(self, telegram_secret_token, bot):
        given = telegram_secret_token.encode()
        return any([compare_digest(given, secret) for secret in accepted])


session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"]))
bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=session)
app = web.Application()
Handler(dispatcher, bot).register(app, path=os.environ["WEBHOOK_PATH"])
setup_application(app, dispatcher, bot=bot)
web.run_app(app, host=os.environ["LISTEN"], port=int(os.environ["PORT"]))
