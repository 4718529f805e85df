# Tells everybody what they wrote: Mubble has no web server, so a FastAPI application hands each update to its dispatcher.
import os
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
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


@asynccontextmanager
async def lifespan(app: FastAPI):
    yield
    await api.http.close()


app = FastAPI(lifespan=lifespan)


@app.post("/telegram")
async def webhook(request: Request):
    await bot.dispatch.feed(decoder.decode(await request.body(), type=Update), api)


@app.get("/health")
async def health():
    return {"bot": api.id}
