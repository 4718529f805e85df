# Tells everybody what they wrote: Mubble has no web server, so aiohttp's hands each update to its dispatcher.
import os

from aiohttp import web
from mubble import API, Message, Mubble, Token
from mubble.msgspec_utils import decoder
from mubble.rules import HasText
from mubble.types.objects import Update

API.API_URL = f"{os.environ['TELEGRAM_API_URL']}/"
api = API(Token(os.environ["TELEGRAM_BOT_TOKEN"]))
bot = Mubble(api)


@bot.on.message(HasText())
async def echo(message: Message):
    await message.answer(f"You wrote: {message.text.unwrap()}")


async def webhook(request):
    await bot.dispatch.feed(decoder.decode(await request.read(), type=Update), api)
    return web.Response()


async def health(request):
    return web.json_response({"bot": api.id})


async def close(app):
    await api.http.close()


app = web.Application()
app.router.add_post(os.environ["WEBHOOK_PATH"], webhook)
app.router.add_get("/health", health)
app.on_cleanup.append(close)
web.run_app(app, host=os.environ["LISTEN"], port=int(os.environ["PORT"]))
