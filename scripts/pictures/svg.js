// The parts of a picture: texts that are broken into lines, boxes, arrows, and colours for light and dark pages.

/** Width of a character in parts of the font's size, generous: fonts differ. */
const characterWidth = { text: 0.54, code: 0.62 };
const fontSize = 14;
const lineHeight = 18;
const margin = 12;

const colours = {
  light: {
    ...{ page: "#ffffff", text: "#1f2328", quiet: "#59636e", line: "#818b98" },
    plain: ["#f6f8fa", "#818b98"],
    ours: ["#ddf4ff", "#0969da"],
    good: ["#dafbe1", "#1a7f37"],
    bad: ["#ffebe9", "#cf222e"],
  },
  dark: {
    ...{ page: "#0d1117", text: "#f0f6fc", quiet: "#9198a1", line: "#9198a1" },
    plain: ["#151b23", "#656c76"],
    ours: ["#0c2d5e", "#4493f8"],
    good: ["#0f2e19", "#3fb950"],
    bad: ["#3d1417", "#f85149"],
  },
};

function rules({ page, text, quiet, line, ...kinds }) {
  return [
    `.page{fill:${page}}.text{fill:${text}}.quiet{fill:${quiet}}.line{stroke:${line};fill:none}.tip{fill:${line}}`,
    ...Object.entries(kinds).map(([kind, [fill, stroke]]) => `.${kind}{fill:${fill};stroke:${stroke}}`),
  ].join("");
}

const style = `
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-size:${fontSize}px}
.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
.bold{font-weight:600}
${rules(colours.light)}
@media (prefers-color-scheme:dark){${rules(colours.dark)}}
`;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A text as the lines that fit into a width. */
function wrapped(text, width, font = "text") {
  const most = Math.floor(width / (fontSize * characterWidth[font]));
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== "" && line.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

/** One line. `anchor`: "start" or "middle". */
function textAt(x, y, text, { look = "text", anchor = "start" } = {}) {
  return `<text class="${look}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** Lines one below the other, broken to a width. Returns the elements and the height. */
function paragraph(x, y, width, text, options = {}) {
  const lines = wrapped(text, width, options.look?.includes("code") ? "code" : "text");
  const elements = lines.map((line, at) => textAt(x, y + at * lineHeight, line, options));
  return { elements, height: lines.length * lineHeight };
}

/** What stands in a box: its heading, a name in code, and words. */
const partsOf = ({ heading, code, words }) =>
  [
    [heading, "text bold"],
    [code, "quiet code"],
    [words, "text"],
  ].filter(([text]) => text !== undefined);

function boxHeight(width, content) {
  const lines = partsOf(content).flatMap(([text, look]) =>
    wrapped(text, width - 2 * margin, look.includes("code") ? "code" : "text"),
  );
  return lines.length * lineHeight + 2 * margin - 4;
}

/** A box with its content at the top. `kind`: plain, ours, good or bad. */
function box(x, y, width, height, { kind = "plain", ...content }) {
  const elements = [
    `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6" stroke-width="1.5"/>`,
  ];
  let at = y + margin + 12;
  for (const [text, look] of partsOf(content)) {
    const made = paragraph(x + margin, at, width - 2 * margin, text, { look });
    elements.push(...made.elements);
    at += made.height;
  }
  return elements;
}

/** A line through points with a tip at its end. */
function arrow(points, { isDashed = false } = {}) {
  const [[x1, y1], [x2, y2]] = points.slice(-2);
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  const dashes = isDashed ? ' stroke-dasharray="5 4"' : "";
  return [
    `<polyline class="line" stroke-width="1.5"${dashes} points="${points.map((point) => point.join(",")).join(" ")}"/>`,
    `<polygon class="tip" points="0,0 -9,-4.5 -9,4.5" transform="translate(${x2} ${y2}) rotate(${angle})"/>`,
  ];
}

/** The whole file. `title` is what a reader hears who does not see it. */
function picture({ title, width, height }, elements) {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...elements,
    "</svg>",
  ].join("\n")}\n`;
}

module.exports = { arrow, box, boxHeight, lineHeight, paragraph, picture, textAt };
