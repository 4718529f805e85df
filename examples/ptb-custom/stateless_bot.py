# Tells everybody what they wrote: each request is handled to its end before it is answered, and nothing runs between two requests.
import hmac
import os
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, MessageHandler, filters

secret = os.environ["WEBHOOK_SECRET"].encode()


async def echo(update, context):
    await update.message.reply_text(f"You wrote: {update.message.text}")


application = (
    Application.builder()
    .token(os.environ["TELEGRAM_BOT_TOKEN"])
    .base_url(f"{os.environ['TELEGRAM_API_URL']}/bot")
    .updater(None)  # nothing polls, nothing registers
    .build()
)
application.add_handler(MessageHandler(filters.TEXT, echo))


async def receive(request):
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    if not hmac.compare_digest(given.encode(), secret):
        return Response(status_code=403)
    await application.process_update(Update.de_json(await request.json(), application.bot))
    return Response()


@asynccontextmanager
async def lifespan(_):
    async with application:  # initialize, in the end shutdown; no start, so there is no task and no queue
        yield


routes = [Route(os.environ["WEBHOOK_PATH"], receive, methods=["POST"])]
uvicorn.run(Starlette(routes=routes, lifespan=lifespan), host=os.environ["LISTEN"], port=int(os.environ["PORT"]))
