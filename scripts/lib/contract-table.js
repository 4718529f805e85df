// The contract of proxy servers as lines: a row for each behaviour, a column for each server and way of attaching.

/** `cells`: `{ title, behaviour, column, word }`; the last word of a cell counts. */
function contractText(cells) {
  const columns = [...new Set(cells.map(({ column }) => column))].sort();
  const tables = new Map();
  for (const { title, behaviour, column, word } of cells) {
    if (!tables.has(title)) tables.set(title, new Map());
    const rows = tables.get(title);
    if (!rows.has(behaviour)) rows.set(behaviour, new Map());
    rows.get(behaviour).set(column, word);
  }
  const width = Math.max(0, ...cells.flatMap(({ title, behaviour }) => [title.length, behaviour.length]));
  const widths = columns.map((column) =>
    Math.max(column.length, ...cells.filter((cell) => cell.column === column).map(({ word }) => word.length)),
  );
  const line = (name, words) =>
    [name.padEnd(width), ...words.map((word, at) => word.padEnd(widths[at]))].join("  ").trimEnd();
  return [...tables].flatMap(([title, rows]) => [
    "",
    line(title, columns),
    ...[...rows].map(([behaviour, words]) =>
      line(
        behaviour,
        columns.map((column) => words.get(column) ?? "-"),
      ),
    ),
  ]);
}

module.exports = { contractText };
