# Tells everybody what they wrote: telepot's OrderedWebhook in Flask, as in its guide, but for the webhook, which Pulumi registers.
import os

import telepot
import telepot.api
from flask import Flask, request
from telepot.loop import OrderedWebhook

# telepot knows no other server: only for a Bot API server of your own is this line needed.
telepot.api._methodurl = lambda call, **_: f"{os.environ['TELEGRAM_API_URL']}/bot{call[0]}/{call[1]}"

app = Flask(__name__)
bot = telepot.Bot(os.environ["TELEGRAM_BOT_TOKEN"])


def echo(message):
    content_type, _, chat_id = telepot.glance(message)
    if content_type == "text":
        bot.sendMessage(chat_id, f"You wrote: {message['text']}")


webhook = OrderedWebhook(bot, {"chat": echo})
webhook.run_as_thread()


@app.post(os.environ["WEBHOOK_PATH"])
def feed():
    webhook.feed(request.data)
    return "OK"


if __name__ == "__main__":
    app.run(host=os.environ["LISTEN"], port=int(os.environ["PORT"]))
