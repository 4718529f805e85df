// Bars with their numbers as text: the parts of the pictures that show a measurement.
const { textAt } = require("./svg");

const barHeight = 20;
const rowHeight = 30;
const headingHeight = 34;
/** Between a bar's end and its words. */
const gap = 8;

/**
 * A heading and a bar for each row, with its label on the left and its words behind it. `max`: the value at the full width.
 * `marks`: dashed lines at values, such as the one that everything is compared with. A row without a value has its words alone.
 */
function plot({ x, y, width, labelWidth, heading, rows, max, marks = [] }) {
  const left = x + labelWidth;
  const at = (value) => Math.round(left + (value / max) * width);
  const top = y + headingHeight;
  const height = headingHeight + rows.length * rowHeight;
  const elements = [textAt(x, y + 16, heading, { look: "text bold" })];
  for (const mark of marks) {
    elements.push(
      `<line class="line" stroke-dasharray="4 4" x1="${at(mark)}" y1="${top - 6}" x2="${at(mark)}" y2="${y + height - 4}"/>`,
    );
  }
  rows.forEach(({ label, value, words, kind = "ours" }, index) => {
    const barTop = top + index * rowHeight;
    const end = value === undefined ? left : at(value);
    elements.push(textAt(x, barTop + 15, label));
    if (value !== undefined) {
      elements.push(
        `<rect class="${kind}" x="${left}" y="${barTop}" width="${end - left}" height="${barHeight}" rx="3" stroke-width="1.5"/>`,
      );
    }
    const behind = value === undefined ? end : Math.max(end, ...marks.map(at));
    elements.push(textAt(behind + gap, barTop + 15, words, { look: value === undefined ? "quiet" : "text" }));
  });
  return { elements, height };
}

module.exports = { plot };
