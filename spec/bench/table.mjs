import { median } from './measure.mjs';

/**
 * A Markdown table of rounds' numbers: a line for each row, a column for each of `columns`. `over`: the row that ratios
 * are taken to, in the same round.
 */
export function table(numbers, columns, first = '') {
  const rows = Object.entries(numbers).map(([row, values]) => [
    row,
    ...columns.map(column => column.text(values, numbers))
  ]);
  return markdown([first, ...columns.map(({ title }) => title)], rows);
}

export function markdown(titles, rows) {
  const widths = titles.map((title, index) => Math.max(title.length, 3, ...rows.map(row => row[index].length)));
  const line = cells =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index]))).join(' | ')} |`;
  const rule = `|${widths.map((width, index) => (index === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(titles), rule, ...rows.map(line)].join('\n');
}

/** The median of a number, with so many digits, divided by `unit`. */
export function column(title, key, { digits = 0, unit = 1 } = {}) {
  return { title, text: values => number(median(values[key] ?? []), digits, unit) };
}

/** How many times as much as the row `base`: the median of the ratios within each round. */
export function ratioColumn(title, key, base, { inverse = false } = {}) {
  return {
    title,
    text: (values, numbers) => {
      const ratio = ratioOf(values[key], numbers[base]?.[key]);
      return number(inverse && ratio !== undefined ? 1 / ratio : ratio, 2, 1);
    }
  };
}

/** The median of the ratios of two numbers within each round. */
export function ratioOf(numbers, base) {
  if (numbers === undefined || base === undefined) return undefined;
  return median(numbers.map((value, round) => value / base[round]));
}

export function number(value, digits = 0, unit = 1) {
  if (value === undefined) return '–';
  const text = (value / unit).toFixed(digits);
  const [whole, fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
