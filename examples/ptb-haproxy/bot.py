# Tells everybody what they wrote. run_webhook always registers the webhook itself: RUN_WEBHOOK makes it register what Pulumi has.
import json
import os
import tempfile

from telegram.ext import Application, MessageHandler, filters


async def echo(update, context):
    await update.message.reply_text(f"You wrote: {update.message.text}")


application = (
    Application.builder()
    .token(os.environ["TELEGRAM_BOT_TOKEN"])
    .base_url(f"{os.environ['TELEGRAM_API_URL']}/bot")
    .build()
)
application.add_handler(MessageHandler(filters.TEXT, echo))
with tempfile.NamedTemporaryFile("w", suffix=".pem") as upload:  # it takes what it uploads as a file
    upload.write(os.environ["WEBHOOK_UPLOAD_PEM"])
    upload.flush()
    application.run_webhook(**json.loads(os.environ["RUN_WEBHOOK"]), cert=upload.name)
