// Charts as inline SVG, drawn at the size that they have on the screen, so that letters keep theirs.
const ROOM = { left: 46, right: 12, top: 24, bottom: 36 }; // around a chart, for its letters

function add(parent, name, attributes = {}, text = undefined) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function power(exponent) {
  return `10${[...String(exponent)].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻").join("")}`;
}

// A number with so many digits, as all the page writes it: 0.0138, 2,230, 5 × 10⁻⁷.
function tell(number, digits = 3) {
  const rounded = Number(number.toPrecision(digits));
  if (rounded === 0 || (Math.abs(rounded) >= 1e-3 && Math.abs(rounded) < 1e6)) return rounded.toLocaleString("en", { maximumSignificantDigits: digits });
  const [factor, exponent] = rounded.toExponential().split("e");
  return (factor === "1" ? "" : `${factor} × `) + power(Number(exponent));
}

const numbers = (text) => text.split(" ").map((word) => (word === "-" ? NaN : Number(word)));

// From numbers to places: a logarithm, or, for epochs, that of 1 + epoch.
function logarithm(low, high, from, to, shift = 0) {
  const [a, b] = [Math.log10(low + shift), Math.log10(high + shift)];
  const place = (value) => from + ((Math.log10(value + shift) - a) / (b - a || 1)) * (to - from);
  place.inverse = (at) => 10 ** (a + ((at - from) / (to - from)) * (b - a)) - shift;
  return place;
}

function straight(low, high, from, to) {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

// Which powers of ten are labelled, at most so many.
function decades(low, high, most) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.ceil((last - first + 1) / most);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => last - place).filter((exponent) => (last - exponent) % every === 0);
}

// The empty chart: `x` and `y` are ranges; epochs of an x axis begin at 0. Returns where numbers lie, and a group to draw in.
function frame(svg, { x, y, xLabel, yLabel, height, epochs = false }) {
  const width = Math.max(svg.clientWidth, 120);
  const box = { left: ROOM.left, right: width - ROOM.right, top: ROOM.top, bottom: height - ROOM.bottom };
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  svg.replaceChildren();
  const toX = logarithm(...x, box.left, box.right, epochs ? 1 : 0);
  const toY = logarithm(...y, box.bottom, box.top);
  const most = Math.max(2, Math.floor(width / 70));
  const xTicks = epochs ? [0, 10, 100, 1000, 10000].filter((tick) => tick <= x[1] * 1.01).map((tick) => [tick, tick.toLocaleString("en")]) : decades(...x, most).map((exponent) => [10 ** exponent, power(exponent)]);
  for (const [value, text] of xTicks) {
    add(svg, "line", { x1: toX(value), x2: toX(value), y1: box.top, y2: box.bottom, class: "grid" });
    const anchor = toX(value) > box.right - 16 ? "end" : "middle";
    add(svg, "text", { x: toX(value) + (anchor === "end" ? ROOM.right : 0), y: box.bottom + 15, "text-anchor": anchor }, text);
  }
  for (const exponent of decades(...y, Math.max(3, Math.floor(height / 48)))) {
    const at = toY(10 ** exponent);
    add(svg, "line", { x1: box.left, x2: box.right, y1: at, y2: at, class: "grid" });
    add(svg, "text", { x: box.left - 6, y: at + 4, "text-anchor": "end" }, exponent === 0 ? "1" : power(exponent));
  }
  add(svg, "text", { x: box.right, y: height - 4, "text-anchor": "end" }, xLabel);
  add(svg, "text", { x: 2, y: 12 }, yLabel);
  return { x: toX, y: toY, box, group: add(svg, "g") };
}

// A line through the points that are positive numbers; one that leaves the box is cut there.
function curve(chart, xs, ys, attributes) {
  const points = xs.map((value, place) => [value, ys[place]]).filter(([, loss]) => loss > 0 && loss < Infinity);
  const { top, bottom } = chart.box;
  const at = ([a, b]) => `${chart.x(a).toFixed(1)},${Math.min(bottom, Math.max(top, chart.y(b))).toFixed(1)}`;
  return add(chart.group, "polyline", { points: points.map(at).join(" "), ...attributes, class: `line ${attributes.class ?? ""}` });
}

// Words beside a mark, moved to where they fit; with a halo, so that lines do not cross them.
function note(chart, x, y, text, attributes = {}) {
  const made = add(chart.group, "text", { x, y, ...attributes, class: `note ${attributes.class ?? ""}` }, text);
  const { left, right } = chart.box;
  const { x: at, width } = made.getBBox();
  if (at + width > right) made.setAttribute("x", x - (at + width - right));
  if (at < left) made.setAttribute("x", x + (left - at));
  return made;
}

function star(chart, x, y, attributes) {
  const points = Array.from({ length: 10 }, (_, place) => {
    const [radius, angle] = [place % 2 ? 3.6 : 9, (place * Math.PI) / 5];
    return `${(x + radius * Math.sin(angle)).toFixed(1)},${(y - radius * Math.cos(angle)).toFixed(1)}`;
  });
  return add(chart.group, "polygon", { points: points.join(" "), ...attributes });
}
