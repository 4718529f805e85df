# Tells everybody what they wrote: aiogram in aiohttp's server, as in its guide, but for the webhook, which Pulumi registers.
import logging
import os

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

logging.basicConfig(level=logging.INFO)
dispatcher = Dispatcher()


@dispatcher.message(F.text)
async def echo(message):
    await message.answer(f"You wrote: {message.text}")


session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"]))
bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=session)
app = web.Application()
# What the Worker puts into the header: nobody else knows it, so nobody gets past the Worker by the origin's own address.
handler = SimpleRequestHandler(dispatcher, bot, secret_token=os.environ["WEBHOOK_SECRET"])
handler.register(app, path=os.environ["WEBHOOK_PATH"])
setup_application(app, dispatcher, bot=bot)
web.run_app(app, port=int(os.environ.get("PORT", "8080")))
