# Tells everybody what they wrote: aiohttp's server feeds telepot's OrderedWebhook, the one with threads.
import os

import telepot
import telepot.api
from aiohttp import web
from telepot.loop import OrderedWebhook

# telepot knows no other server: only for a Bot API server of your own is this line needed.
telepot.api._methodurl = lambda call, **_: f"{os.environ['TELEGRAM_API_URL']}/bot{call[0]}/{call[1]}"

bot = telepot.Bot(os.environ["TELEGRAM_BOT_TOKEN"])


def echo(message):
    content_type, _, chat_id = telepot.glance(message)
    if content_type == "text":
        bot.sendMessage(chat_id, f"You wrote: {message['text']}")


webhook = OrderedWebhook(bot, {"chat": echo})
webhook.run_as_thread()


async def feed(request):
    webhook.feed(await request.read())  # puts it in a queue: nothing waits
    return web.Response()


app = web.Application()
app.router.add_post(os.environ["WEBHOOK_PATH"], feed)
web.run_app(app, host=os.environ["LISTEN"], port=int(os.environ["PORT"]))
