// A bot that has a webhook, or none while it polls: `pulumi config set mode polling` and `pulumi up` switch.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const mode = config.get("mode") ?? "webhook";
if (mode !== "webhook" && mode !== "polling") throw new pulumi.RunError(`mode is webhook or polling, not ${mode}`);

const token = new pulumi.Config("telegram").requireSecret("token");
const apiUrl = new pulumi.Config("telegram").get("apiUrl") ?? "https://api.telegram.org";

// What is not declared is taken away: first the webhook, while its waiting updates stay at Telegram, then route, secret and certificate.
const bot =
  mode === "webhook"
    ? new telegram.BotEndpoint("bot", {
        token,
        hostname: config.require("hostname"),
        listen: config.get("listen") ?? "0.0.0.0:443",
        upstream: `http://127.0.0.1:${config.get("port") ?? "8001"}`,
        server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} }, // left out: nginx as Debian installs it
        webhook: { allowedUpdates: ["message"] },
      })
    : undefined;

// What the bot's process reads. Without a webhook it polls.
export const environment =
  bot?.environmentFile ?? pulumi.interpolate`TELEGRAM_BOT_TOKEN='${token}'\nTELEGRAM_API_URL='${apiUrl}'\n`;
