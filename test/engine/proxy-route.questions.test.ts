// ProxyRoute answers the table of questions on the real engine, with a real nginx.
// One stack has a route on a host of its own for each question; test/support/route-story.ts has its steps.
import { answerAll } from "../support/questions";
import { address, hostOf, listenOf, routeStory, secret } from "../support/route-story";

const { made, again, shown, changed, mended, unreachable, killed, recovered, settled, exported, ended, ...more } =
  routeStory();
const { bot, theirs } = more;

const only = (files: Record<string, string>) => {
  const [[file, text] = ["", ""], ...others] = Object.entries(files);
  expect(others).toEqual([]);
  return { file, text };
};
const withoutGeneration = (text: string) => text.replace(/Generation \w+/, "");

answerAll("ProxyRoute", {
  "it is made": async () => {
    const { answers, files, stored } = await made();
    expect(answers.made.b1).toBe(200);
    const { id, outputs = {} } = stored("made") ?? {};
    const host = hostOf("made");
    expect(id).toBe(`nginx/local/${listenOf("made")}/${host}/${outputs["routeId"] as string}`);
    expect(outputs["routeId"]).toMatch(/^[0-9a-f]{12}$/);
    expect(outputs).toMatchObject({ url: `https://${host}/tg/b1`, machine: "local", verified: true });
    expect(Object.keys(outputs).sort()).toEqual([
      ...["__declared", "__provider", "attach", "hostname", "installation", "listen", "machine", "path", "routeId"],
      ...["schemaVersion", "secretTokens", "server", "sha256", "tls", "upstream", "url", "verified"],
    ]);
    expect(only(files.made).text).toContain(`set $pulumi_telegram_route ${outputs["routeId"] as string};`);
  },

  "a second run does nothing": async () => {
    const before = await made();
    // It refreshes and updates.
    const { text, stored, files, reloads } = await again();
    expect(text).toContain("17 unchanged");
    expect(stored("made")?.outputs?.["sha256"]).toBe(before.stored("made")?.outputs?.["sha256"]);
    expect(files.made).toEqual(before.files.made);
    // What came together was one reload.
    expect(before.reloads).toBeLessThan(11);
    expect(reloads).toBe(before.reloads);
    await unreachable();
  },

  "it is changed in place": async () => {
    const { preview, update, answers, reached } = await changed();
    expect(preview).toContain("8 to update");
    expect(update).toContain("5 updated");
    expect(answers.changed).toMatchObject({ b1: 200, newer: 200 });
    expect(reached.changed.map(({ headers }) => headers["x-telegram-bot-api-secret-token"])).toEqual([
      "stable",
      "stable",
    ]);
    const after = await mended();
    expect(after.update).toMatch(/warning: maintenance lets Telegram wait 90 s .*buttons.*payments/);
    expect(after.answers.changed).toMatchObject({ b1: 401, newer: 503 });
    await settled();
  },

  "it is replaced": async () => {
    const { update, answers, reached, files } = await changed();
    expect(update).toContain("1 replaced");
    expect(answers.moved).toMatchObject({ b1: 200, b2: 200 });
    expect(reached.moved.map(({ url }) => url)).toEqual(["/tg/b2"]);
    expect(Object.keys(files.moved)).toHaveLength(1);
    const after = await mended();
    expect(after.update).toContain("1 replaced");
    expect([after.files.moved, Object.keys(after.files["moved-on"]).length]).toEqual([{}, 1]);
    expect(after.answers["moved-on"].b1).toBe(200);
    expect(after.reached["moved-on"].map(({ url }) => url)).toEqual(["/tg/b1"]);
    expect(after.stored("moved")?.outputs?.["url"]).toBe(`https://${hostOf("moved-on")}/tg/b1`);
  },

  "a change by someone else is shown and repaired": async () => {
    const good = only((await again()).files.edited);
    const { text, stored } = await shown();
    expect(text).toContain(`its file ${good.file} was edited`);
    expect(stored("edited")?.outputs?.["verified"]).toBe(false);
    const { files, answers } = await changed();
    expect(withoutGeneration(files.edited[good.file] ?? "")).toBe(withoutGeneration(good.text));
    expect(answers.edited.b1).toBe(200);

    expect(text).toContain("connection refused");
    expect((await changed()).text).toMatch(
      new RegExp(
        `ProxyRoute stopped \\(${hostOf("stopped")} on this machine\\): nginx does not run, according to its pid file .*pid`,
      ),
    );
    expect((await mended()).answers.stopped.b1).toBe(200);
    await unreachable();
  },

  "a removal by someone else is shown and repaired": async () => {
    const { file } = only((await again()).files.emptied);
    expect((await shown()).text).toContain(`its file ${file} is gone`);
    const { update, stored, files, answers } = await changed();
    expect(update).toContain("5 updated");
    expect(stored("emptied")?.outputs).toMatchObject({ verified: true });
    expect(Object.keys(files.emptied)).toEqual([file]);
    expect(answers.emptied.b1).toBe(200);
    await unreachable();
  },

  "it is removed": async () => {
    expect((await made()).reached.removed.map(({ url }) => url)).toEqual(["/tg/b1"]);
    const { update, stored, files, reached } = await changed();
    expect(update).toContain("3 deleted");
    expect([stored("removed"), files.removed, reached.removed]).toEqual([undefined, {}, []]);
    const last = await ended();
    expect(last.resources).toEqual([]);
    expect(last.left).toEqual(["lock"]);
    expect(last.reached.made).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    expect((await again()).stored("gone")).toBeDefined();
    const { stored, text } = await changed();
    expect(stored("gone")).toBeUndefined();
    expect(text).not.toContain("ProxyRoute gone");
  },

  "what is not ours is left alone": async () => {
    const foreign = theirs("ours");
    expect((await made()).answers.ours).toMatchObject({ b1: 200, b10: 200 });
    const { answers, files, stored } = await changed();
    expect(stored("ours")).toBeUndefined();
    expect(answers.ours.b10).toBe(200);
    expect(Object.keys(files.ours)).toContain(foreign);
    expect(Object.keys((await ended()).files.ours)).toEqual([foreign]);
    // A path that the user's own configuration has is not taken.
    const { text, files: at, stored: recorded } = await made();
    expect(text).toContain('duplicate location "/tg/b1"');
    expect(Object.keys(at.taken)).toEqual([theirs("taken")]);
    expect(recorded("taken")).toBeUndefined();
  },

  "a slow far side is waited for": async () => {
    const { answers, stored } = await made();
    expect(answers.slow.b1).toBe(200);
    expect(stored("slow")?.outputs).toMatchObject({ verified: true });
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const good = (await again()).files.refused;
    const { text, files, stored, answers } = await changed();
    expect(text).toMatch(
      /ProxyRoute refused \(refused\.example\.com on this machine\): nginx refuses the new configuration: \[emerg\] host not found in upstream "no-such-host\.invalid" in .*\. What was there before is back\./,
    );
    expect(files.refused).toEqual(good);
    expect(stored("refused")?.outputs).toMatchObject({ upstream: bot().url, verified: true });
    expect(answers.refused.b1).toBe(200);
    // Declared as it was before, it is unchanged.
    const after = await mended();
    expect(after.preview).toContain("2 to update");
    expect(after.files.refused).toEqual(good);
  },

  "a wrong credential is named": async () => {
    const { text, files } = await made();
    expect(text).toContain(
      `ProxyRoute reached (${hostOf("reached")} on ${address}): ${address} does not let user root in`,
    );
    expect(files.reached).toEqual({});
    const { answers, stored } = await changed();
    const { id, outputs = {} } = stored("reached") ?? {};
    const place = `nginx/${address}/${listenOf("reached")}/${hostOf("reached")}`;
    expect([answers.reached.b1, id]).toEqual([200, `${place}/${outputs["routeId"] as string}`]);
    expect((await unreachable()).text).toMatch(
      /warning: ProxyRoute reached could not be looked at: .* cannot be reached/,
    );
    const { said, privateKey } = await ended();
    expect(said["backend"]).not.toContain(privateKey.split("\n")[2]);
  },

  "an unknown value passes the preview": async () => {
    const { preview, answers } = await made();
    expect(preview).toContain("19 to create");
    expect(answers.unknown.wrong).toBe(401);
    const { preview: foreseen, update, stored } = await changed();
    expect(foreseen).toContain("8 to update");
    expect(update).toContain("5 updated");
    expect(stored("secret")?.outputs?.["version"]).toBe(2);
    expect((await exported())["urls"]).toMatchObject({ unknown: `https://${hostOf("unknown")}/tg/b1` });
  },

  "a secret stays secret": async () => {
    const { said, hidden } = await ended();
    const forms = hidden.flatMap((text) => [text, Buffer.from(text).toString("base64").slice(0, 16)]);
    expect(Object.keys(said).filter((name) => forms.some((form) => said[name]?.includes(form)))).toEqual([]);
    expect(Object.keys(said)).toHaveLength(13);
    expect(said["up"]).toMatch(/secretTokens\s*: \[secret\]/);
    // It was there to be said.
    expect(only((await shown()).files.masked).text).toContain(`{ return ${secret}; }`);
    expect(said["a refused up --diff"]).toContain(`ProxyRoute masked (${hostOf("masked")} on this machine): nginx`);
  },

  "it is killed half-way and run again": async () => {
    const good = only((await unreachable()).files.killed);
    const { files, answers } = await killed();
    const isNew = only(files.killed).text !== good.text;
    expect(answers.killed).toMatchObject(isNew ? { b1: 401, newer: 200 } : { b1: 200, newer: 401 });
    expect((await recovered()).answers.killed).toMatchObject({ b1: 401, newer: 200 });
    await settled();
  },
});
