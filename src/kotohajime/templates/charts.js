// Charts as inline SVG, drawn at the size that they have on the screen, so that letters keep theirs.
const data = JSON.parse(document.getElementById("data").textContent);
const by = (id) => document.getElementById(id);
const words = () => data.words[document.documentElement.lang];
const labels = (name) => data.labels[name][document.documentElement.lang];
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const finalLabel = () => fill(words().final, { seeds: data.seeds });

function add(parent, name, attributes = {}, text = undefined) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

const power = (exponent) => `10${[...String(exponent)].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻").join("")}`;

// A number with so many digits, as all the page writes it: 0.0138, 2,230, 5 × 10⁻⁷.
function tell(number, digits = 3) {
  const rounded = Number(number.toPrecision(digits));
  const plain = rounded === 0 || (Math.abs(rounded) >= 1e-3 && Math.abs(rounded) < 1e6);
  if (plain) return rounded.toLocaleString("en", { maximumSignificantDigits: digits });
  const [factor, exponent] = rounded.toExponential().split("e");
  return (factor === "1" ? "" : `${factor}\u00a0×\u00a0`) + power(Number(exponent));
}

const { kinds } = data; // of networks; null stands for what is not finite
const look = (kind, more = "") => `${kind.start} ${kind.optimizer} ${more}`;

const onScale = (value) => value > 0 && value < Infinity; // of a logarithm
function range(values) {
  const known = values.filter(onScale);
  return known.length > 0 ? [Math.min(...known), Math.max(...known)] : [1, 10];
}

// From numbers to places: straight, by a logarithm, or, for epochs, by that of 1 + epoch.
const straight = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);
function logarithm(low, high, from, to, shift = 0) {
  const place = straight(Math.log10(low + shift), Math.log10(high + shift), from, to);
  return (value) => place(Math.log10(value + shift));
}

// Powers of ten to be labelled, at most so many, and their labels.
function decades(low, high, most) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const count = Math.max(0, last - first + 1);
  const every = Math.ceil(count / most);
  const exponents = Array.from({ length: count }, (_, place) => last - place).filter((_, place) => place % every === 0);
  return exponents.map((exponent) => [10 ** exponent, exponent === 0 ? "1" : power(exponent)]);
}

// An SVG made empty, so high, with a pixel a unit; returns its width.
function blank(svg, height) {
  const width = Math.max(svg.clientWidth, 120);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  svg.replaceChildren();
  return width;
}

// The empty chart: `x` and `y` are ranges; epochs of an x axis begin at 0; without `y` that axis shows shares. Returns where
// numbers lie, at the edge those that are off it, and a group to draw in.
function frame(svg, { x, y, xLabel, yLabel, height, epochs = false }) {
  const width = blank(svg, height);
  const box = { left: 46, right: width - 12, top: 24, bottom: height - 36 }; // with room for letters around it
  const toX = logarithm(...x, box.left, box.right, epochs ? 1 : 0);
  const toY = y ? logarithm(...y, box.bottom, box.top) : straight(0, 1, box.bottom, box.top);
  const whole = [0, 10, 100, 1000, 10000].filter((tick) => (width > 220 || tick !== 100) && tick <= x[1] * 1.01);
  const xTicks = epochs ? whole.map((tick) => [tick, tick.toLocaleString("en")]) : decades(...x, Math.max(2, Math.floor(width / 70)));
  for (const [value, text] of xTicks) {
    add(svg, "line", { x1: toX(value), x2: toX(value), y1: box.top, y2: box.bottom, class: "grid" });
    const aside = toX(value) > box.right - 16 ? { x: width, "text-anchor": "end" } : { x: toX(value), "text-anchor": "middle" };
    add(svg, "text", { ...aside, y: box.bottom + 15 }, text);
  }
  for (const [value, text] of y ? decades(...y, Math.max(3, Math.floor(height / 48))) : [[0, "0 %"], [0.5, "50 %"], [1, "100 %"]]) {
    add(svg, "line", { x1: box.left, x2: box.right, y1: toY(value), y2: toY(value), class: "grid" });
    add(svg, "text", { x: box.left - 6, y: toY(value) + 4, "text-anchor": "end" }, text);
  }
  add(svg, "text", { x: box.right, y: height - 4, "text-anchor": "end" }, xLabel);
  add(svg, "text", { x: 2, y: 12 }, yLabel);
  return { x: toX, y: (value) => Math.min(box.bottom, Math.max(box.top, toY(value))), box, group: add(svg, "g") };
}

// The chart of losses over epochs that `y` holds.
function epochChart(svg, last, y, height, yLabel = words().loss) {
  return frame(svg, { x: [0, last], y, xLabel: words().epoch, yLabel, height, epochs: true });
}

// A line through the points that are positive numbers.
function curve(chart, xs, ys, name) {
  const points = xs.map((value, place) => [value, ys[place]]).filter(([, loss]) => onScale(loss));
  const at = ([a, b]) => `${chart.x(a).toFixed(1)},${chart.y(b).toFixed(1)}`;
  add(chart.group, "polyline", { points: points.map(at).join(" "), class: `line ${name}` });
}

// Circles around the points that are positive.
function dots(chart, xs, ys, r, name) {
  xs.forEach((value, place) => {
    if (ys[place] > 0) add(chart.group, "circle", { cx: chart.x(value), cy: chart.y(ys[place]), r, class: name });
  });
}

// A straight line, between places on the screen.
const line = (chart, [x1, y1], [x2, y2], name) => add(chart.group, "line", { x1, y1, x2, y2, class: name });

// A dashed line from bottom to top, with its words.
function upright(chart, x, text, name = "", anchor = "middle") {
  line(chart, [x, chart.box.top], [x, chart.box.bottom], `${name} limit`);
  note(chart, x, chart.box.top - 6, text, { class: name, "text-anchor": anchor });
}

// Words beside a mark, moved to where they fit; with a halo, so that lines do not cross them.
function note(chart, x, y, text, attributes = {}) {
  const made = add(chart.group, "text", { x, y, ...attributes, class: `note ${attributes.class ?? ""}` }, text);
  const { left, right } = chart.box;
  const { x: at, width } = made.getBBox();
  made.setAttribute("x", x + Math.max(0, left - at) - Math.max(0, at + width - right));
}

// Final losses of kinds of networks, with their intervals, against their rates times a number.
function valley(chart, kind, times = 1) {
  const places = kind.rates.map((rate) => rate * times);
  curve(chart, places, kind.final, look(kind));
  places.forEach((place, i) => {
    const [low, high] = [kind.low[i], kind.high[i] ?? Infinity];
    if (low > 0) line(chart, [chart.x(place), chart.y(low)], [chart.x(place), chart.y(high)], `interval ${kind.start}`);
  });
  dots(chart, places, kind.final, 2.6, `${kind.start} dot`);
}

// All those of some kinds; from share 0 to 1 the axis goes from the rate to the rate x sharpness, where they fall together.
const losses = [range(kinds.flatMap((kind) => kind.final))[0] / 30, 1e8];
function valleys(svg, shown, share, height) {
  const times = (kind) => kind.sharpness ** share;
  const ends = (kind) => kind.rates.filter((_, place) => onScale(kind.final[place])).map((rate) => rate * times(kind));
  const [low, high] = range(shown.flatMap(ends));
  const [middle, width] = [Math.sqrt(low * high), 10 ** 4.2];
  const xLabel = share < 1 ? words().rate : words().times;
  const chart = frame(svg, { x: [middle / width, middle * width], y: losses, xLabel, yLabel: finalLabel(), height });
  for (const kind of shown) valley(chart, kind, times(kind));
  return chart;
}

// Lines with their names, in the chart's upper right corner.
function key(chart, entries) {
  const { right, top } = chart.box;
  entries.forEach(([text, name], row) => {
    const y = top + 14 + 17 * row;
    note(chart, right - 34, y, text, { "text-anchor": "end", class: name });
    line(chart, [right - 28, y - 4], [right - 2, y - 4], `line ${name}`);
  });
}

const redraws = []; // what draws a chart anew, for another language or width
let drawnWidth; // on a phone the height changes while one scrolls
function redraw() {
  drawnWidth = innerWidth;
  for (const draw of redraws) draw();
}
document.addEventListener("language", redraw);
window.addEventListener("resize", () => drawnWidth !== innerWidth && redraw());
