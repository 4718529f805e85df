# Tells everybody what they wrote: python-telegram-bot with its own web server and its own TLS.
# run_webhook always registers the webhook itself, so it is told what Pulumi has registered: nothing is changed by its start.
import json
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from telegram.ext import Application, MessageHandler, filters

settings = json.loads(Path(os.environ.get("BOT_SETTINGS", "bot.json")).read_text())
api = os.environ.get("TELEGRAM_API_URL", "https://api.telegram.org")


async def echo(update, context):
    await update.message.reply_text(f"You wrote: {update.message.text}")


application = Application.builder().token(os.environ["TELEGRAM_BOT_TOKEN"]).base_url(f"{api}/bot").build()
application.add_handler(MessageHandler(filters.TEXT, echo))
with tempfile.TemporaryDirectory() as folder:  # readable by this user only
    certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
    certificate.write_text(settings["certificatePem"])
    key.write_text(settings["privateKeyPem"])
    application.run_webhook(
        listen=os.environ.get("LISTEN", "0.0.0.0"),
        port=int(os.environ.get("PORT", "8443")),
        url_path=urlsplit(settings["url"]).path.lstrip("/"),
        webhook_url=settings["url"],
        cert=certificate,
        key=key,
        secret_token=settings["secretToken"],
        max_connections=41,
        allowed_updates=["message"],
    )
