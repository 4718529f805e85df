// One bot made reachable: `pulumi up` makes certificate, record, route, secret and webhook; `pulumi destroy` takes them away.
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "pulumi-telegram";

const config = new pulumi.Config();
const hostname = config.get("hostname"); // bots.example.com
const ipAddress = config.get("ipAddress"); // or, without a name, 203.0.113.7
const upstream = config.get("upstream"); // http://127.0.0.1:8080: the bot behind nginx. Left out: the bot serves TLS itself
const expectBot = config.get("bot"); // 123456789: the bot's id. A token of another bot is then refused
const hasToken = new pulumi.Config("telegram").getSecret("token") ?? process.env["TELEGRAM_BOT_TOKEN"];
if (!(hostname ?? ipAddress) || !hasToken) {
  throw new pulumi.RunError(
    "set TELEGRAM_BOT_TOKEN to your bot's token and run `pulumi config set hostname your.host` (README.md, Use it with your own bot), " +
      "or run `npm start` to see it all work without a bot",
  );
}

const bot = new telegram.BotEndpoint("bot", {
  ...(hostname && { hostname }),
  ...(ipAddress && { ipAddress }),
  listen: config.get("listen") ?? "0.0.0.0:8443",
  ...(upstream
    ? { upstream, server: { nginx: config.getObject<Partial<telegram.NginxSettings>>("nginx") ?? {} } }
    : { server: "skip" }),
  dns: config.getObject<telegram.EndpointRecordArgs>("dns") ?? "skip",
  secret: { rotateTrigger: config.get("rotate") ?? "1" },
  webhook: {
    allowedUpdates: ["message", "callback_query"],
    ...(expectBot && { expectBot }),
    localServer: config.getBoolean("localServer") ?? false,
  },
});

export const url = bot.url;
// What the bot's process reads.
export const environment = bot.environment;
export const environmentFile = bot.environmentFile;
