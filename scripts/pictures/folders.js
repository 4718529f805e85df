// The map of the folders: what each is for, in rows. An import leads to the same row or to one below.
const { box, boxHeight, paragraph, picture, textAt } = require("./svg");

const title =
  "The folders of the package in rows: what is beside the package, its commands, what a program loads, where resources and Pulumi meet, the systems, and what serves every system.";

/** test/unit/pictures.test.ts finds every folder on the disk here, and no import that leads upwards. */
const rows = [
  {
    name: "beside the package",
    folders: {
      examples: "a program for each way to run a bot",
      template: "for pulumi new",
      test: "unit, servers, engine, e2e",
      docs: "the pages",
      scripts: "what npm run starts",
      bench: "what is measured",
    },
  },
  {
    name: "commands",
    folders: {
      cli: "doctor and fake",
      testing: "the fake Bot API server; it imports nothing of ours",
    },
  },
  {
    name: "what a program loads",
    folders: {
      "index.ts": "the public surface",
      components: "endpoints made of resources, and the presets",
      "resource.ts": "of each resource: its class and arguments, no decisions",
    },
  },
  {
    name: "where resources and Pulumi meet",
    folders: {
      "provider/index.ts": "what the engine loads",
      "provider/registry.ts": "the one list of resources, and what each is given",
      "provider/host": "between a resource and Pulumi",
    },
  },
  {
    name: "the systems; none imports another",
    folders: {
      "provider/telegram": "webhook, secret",
      "provider/tls": "certificate, authority, account",
      "provider/dns": "record, and its vendors",
      "provider/proxy": "route, and its servers",
    },
  },
  {
    name: "for every system, in provider/",
    folders: {
      "provider/probe": "proves an endpoint",
      "provider/acme": "speaks to ACME servers",
      "provider/net": "the one way out over HTTP",
      "provider/run": "starts programs",
      "provider/x509": "reads and makes certificates",
      "provider/constants": "what the world outside does",
    },
  },
  {
    name: "no I/O, no Pulumi",
    folders: { "provider/core": "check, diff, errors, masking, ownership, retries" },
  },
];

const [left, labelWidth, gap, width] = [20, 130, 10, 980];

function draw() {
  const elements = [];
  let y = 20;
  for (const { name, folders } of rows) {
    const entries = Object.entries(folders);
    const inside = width - 2 * left - labelWidth;
    const boxWidth = (inside - gap * (entries.length - 1)) / entries.length;
    const contents = entries.map(([folder, words]) => ({
      kind: "ours",
      heading: name.endsWith("provider/") ? folder.replace("provider/", "") : folder,
      words,
    }));
    const height = Math.max(...contents.map((content) => boxHeight(boxWidth, content)));
    elements.push(...paragraph(left, y + 22, labelWidth - 14, name, { look: "quiet" }).elements);
    contents.forEach((content, at) => {
      elements.push(...box(left + labelWidth + at * (boxWidth + gap), y, boxWidth, height, content));
    });
    y += height + 18;
  }
  elements.push(textAt(left, y + 14, "An import leads to the same row or to one below, never up.", { look: "quiet" }));
  return picture({ title, width, height: y + 34 }, elements);
}

module.exports = { file: "folders.svg", rows, draw };
