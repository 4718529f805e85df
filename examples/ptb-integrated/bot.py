# Tells everybody what they wrote, and serves TLS itself. run_webhook always registers the webhook itself: RUN_WEBHOOK makes it register what Pulumi has.
import json
import os
import tempfile
from pathlib import Path

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
with tempfile.TemporaryDirectory() as folder:  # it takes PEM as files; nobody else can read this folder
    certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
    # It serves the first certificate and uploads all: so Telegram gets the one that it shall trust next, too.
    certificate.write_text(f"{os.environ['WEBHOOK_CERTIFICATE_PEM']}\n{os.environ['WEBHOOK_UPLOAD_PEM']}")
    key.write_text(os.environ["WEBHOOK_PRIVATE_KEY_PEM"])
    application.run_webhook(**json.loads(os.environ["RUN_WEBHOOK"]), cert=certificate, key=key)
