# Tells everybody what they wrote: aiogram in aiohttp's server, which serves TLS itself with the certificate that Pulumi made.
import logging
import os
import ssl
import tempfile

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


tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # readable by this user only; Python takes nothing but files
    file.write(os.environ["WEBHOOK_CERTIFICATE_PEM"] + os.environ["WEBHOOK_PRIVATE_KEY_PEM"])
    file.flush()
    tls.load_cert_chain(file.name)

session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"]))
bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=session)
app = web.Application()
handler = SimpleRequestHandler(dispatcher, bot, secret_token=os.environ["WEBHOOK_SECRET"])
handler.register(app, path=os.environ["WEBHOOK_PATH"])
setup_application(app, dispatcher, bot=bot)
web.run_app(app, host=os.environ["LISTEN"], port=int(os.environ["PORT"]), ssl_context=tls)
