// What a stand-in cloud holds and was told, on disk: one file a thing, and a journal of JSON lines. Plugins and tests share it.
const fs = require("node:fs");
const path = require("node:path");

/** Opens the world in `folder`, which every plugin of a project, and its test, have in common. */
function openWorld(folder) {
  const things = path.join(folder, "things");
  const journal = path.join(folder, "journal.jsonl");
  const wanted = path.join(folder, "wanted");
  for (const each of [things, wanted]) fs.mkdirSync(each, { recursive: true });
  const wantedFor = (method, name) => path.join(wanted, `${method} ${name}.json`);
  const fileOf = (type, id) => path.join(things, `${encodeURIComponent(`${type} ${id}`)}.json`);
  /** Nothing for a file that is not there, or went meanwhile. */
  const read = (file) => {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8"));
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }
  };
  /** A reader never sees half a file. */
  const write = (file, value) => {
    fs.writeFileSync(`${file}.${process.pid}`, JSON.stringify(value));
    fs.renameSync(`${file}.${process.pid}`, file);
  };

  const world = {
    /** `place` tells it from others of its type: its id, unless ids are not unique there. */
    put: (type, place, inputs, outputs = inputs, id = place) =>
      write(fileOf(type, place), { type, place, id, inputs, outputs }),
    get: (type, place) => read(fileOf(type, place)),
    remove: (type, place) => fs.rmSync(fileOf(type, place), { force: true }),
    /** All things of a type, in no order. */
    all: (type) =>
      fs
        .readdirSync(things)
        .filter((file) => file.endsWith(".json") && decodeURIComponent(file).startsWith(`${type} `))
        .map((file) => read(path.join(things, file)))
        .filter((thing) => thing !== undefined),
    find: (type, isIt) => world.all(type).find(({ outputs, id }) => isIt(outputs, id)),
    log: (line) => fs.appendFileSync(journal, `${JSON.stringify(line)}\n`),
    lines: () =>
      fs.existsSync(journal)
        ? fs
            .readFileSync(journal, "utf8")
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line))
        : [],
    /** What the next such call gets: `{ method, name, says?, seconds? }`, once. */
    wantNext: (fault) => write(wantedFor(fault.method, fault.name), fault),
    fault: (method, name) => {
      const found = read(wantedFor(method, name));
      fs.rmSync(wantedFor(method, name), { force: true });
      return found;
    },
  };
  return world;
}

module.exports = { openWorld };
