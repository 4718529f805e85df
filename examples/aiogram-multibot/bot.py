# Two bots in one process, which tell everybody what they wrote: aiogram's TokenBasedRequestHandler, without the token in the path.
# Its argument is a file with what Pulumi says of each bot.
import json
import logging
import secrets
import sys
from pathlib import Path

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.webhook.aiohttp_server import TokenBasedRequestHandler, setup_application
from aiohttp import web

logging.basicConfig(level=logging.INFO)
settings = json.loads(Path(sys.argv[1]).read_text())
dispatcher = Dispatcher()


@dispatcher.message(F.text)
async def echo(message):
    await message.answer(f"You wrote: {message.text}")


class NumberBasedRequestHandler(TokenBasedRequestHandler):
    """Finds a bot by its number, and checks its secret, which aiogram does for a single bot only."""

    def __init__(self, dispatcher):
        super().__init__(dispatcher)
        self.secret_tokens = {}

    def add(self, token, api_url, secret_token):
        bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
        self.bots[str(bot.id)] = bot  # aiogram's own key is the token
        self.secret_tokens[bot.id] = secret_token

    async def resolve_bot(self, request):
        bot = self.bots.get(request.match_info["bot_token"])
        if bot is None:
            raise web.HTTPNotFound
        return bot

    def verify_secret(self, telegram_secret_token, bot):
        return secrets.compare_digest(telegram_secret_token, self.secret_tokens[bot.id])


handler = NumberBasedRequestHandler(dispatcher)
for one in settings:
    handler.add(one["TELEGRAM_BOT_TOKEN"], one["TELEGRAM_API_URL"], one["WEBHOOK_SECRET"])
app = web.Application()
handler.register(app, path="/tg/{bot_token}")  # aiogram demands this name; it is the number of the bot
setup_application(app, dispatcher)
web.run_app(app, host=settings[0]["LISTEN"], port=int(settings[0]["PORT"]))
