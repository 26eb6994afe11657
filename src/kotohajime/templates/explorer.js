// The explorer: one state, one function that draws it, and its address.
const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const by = (id) => document.getElementById(id);
const BOX = { left: 58, right: 430, top: 14, bottom: 262 };
const state = { view: "noise", kind: 0, rate: 0, seed: 0, start: 0, step: 0 };
const CONTROLS = { rate: "rate", seed: "seed", epoch: "step", variant: "start" }; // by id: their place in the state

const words = () => data.words[root.lang];
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const kind = () => data.kinds[state.kind];
const dash = (k) => (k.optimizer === "gd" ? "" : "6 4");
const chosen = (name) => document.querySelector(`input[name=${name}]:checked`).value;
const kindOf = (start, optimizer) => data.kinds.findIndex((k) => k.start === start && k.optimizer === optimizer);
const numbers = (text) => text.split(" ").map((word) => (word === "-" ? NaN : Number(word)));
const brief = (number) => (number >= 1e-3 && number < 1e6 ? number.toLocaleString("en", { maximumSignificantDigits: 4 }) : number.toExponential().replace("e+", "e"));
const told = (number) => (Number.isNaN(number) ? words().diverged : brief(number));

function element(svg, name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  svg.append(made);
  return made;
}

// An axis: from numbers to places in the box, on a log scale or, for epochs, log(1 + epoch).
function scale(low, high, from, to, shift = 0) {
  const [a, b] = [Math.log10(low + shift), Math.log10(high + shift)];
  return (value) => from + ((Math.log10(value + shift) - a) / (b - a || 1)) * (to - from);
}

function decades(low, high) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.ceil((last - first + 1) / 8);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place)
    .filter((power) => (power - first) % every === 0)
    .map((power) => Number(`1e${power}`));
}

function frame(svg, x, y, ticks, labels) {
  svg.replaceChildren();
  element(svg, "rect", { x: BOX.left, y: BOX.top, width: BOX.right - BOX.left, height: BOX.bottom - BOX.top, class: "frame" });
  for (const tick of ticks.x) {
    element(svg, "line", { x1: x(tick), x2: x(tick), y1: BOX.top, y2: BOX.bottom, class: "grid" });
    element(svg, "text", { x: x(tick), y: BOX.bottom + 16, "text-anchor": "middle" }, tick > 0 && tick < 0.01 ? tick.toExponential() : String(tick));
  }
  for (const tick of ticks.y) {
    element(svg, "line", { x1: BOX.left, x2: BOX.right, y1: y(tick), y2: y(tick), class: "grid" });
    element(svg, "text", { x: BOX.left - 6, y: y(tick) + 4, "text-anchor": "end" }, tick.toExponential().replace("e+", "e"));
  }
  element(svg, "text", { x: (BOX.left + BOX.right) / 2, y: BOX.bottom + 36, "text-anchor": "middle" }, labels.x);
  element(svg, "text", { x: 14, y: BOX.top - 2 }, labels.y);
}

function line(svg, x, y, xs, ys, attributes) {
  const places = xs.map((value, place) => [value, ys[place]]).filter(([, loss]) => loss > 0);
  element(svg, "polyline", { points: places.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" "), ...attributes });
}

const range = (values) => [Math.min(...values) / 1.5, Math.max(...values) * 1.5];
const positive = (values) => values.filter((value) => value > 0);

function losses(k) {
  return numbers(k.losses[state.seed]);
}

// Final loss against learning rate: every start and optimiser, the chosen one with its points.
function drawRates(svg) {
  const all = data.kinds.flatMap((k) => positive(losses(k)));
  const rates = data.kinds.flatMap((k) => k.rates);
  const [x, y] = [scale(...range(rates), BOX.left, BOX.right), scale(...range(all), BOX.bottom, BOX.top + 18)];
  frame(svg, x, y, { x: decades(...range(rates)), y: decades(...range(all)) }, { x: words().rate, y: words().final });
  data.kinds.forEach((k, place) => {
    line(svg, x, y, k.rates, losses(k), { stroke: k.colour, class: place === state.kind ? "line" : "line other", "stroke-dasharray": dash(k) });
  });
  if (losses(kind()).some(Number.isNaN)) element(svg, "text", { x: BOX.right - 5, y: BOX.top + 30, "text-anchor": "end" }, words().diverged);
  losses(kind()).forEach((loss, place) => {
    const here = place === state.rate;
    const where = { cx: x(kind().rates[place]), cy: Number.isNaN(loss) ? BOX.top + 9 : loss > 0 ? y(loss) : BOX.bottom, r: here ? 8 : 4.5 };
    const look = Number.isNaN(loss) ? { class: "diverged" } : { fill: kind().colour };
    const point = element(svg, "circle", { ...where, ...look, ...(here ? { "aria-current": "true" } : {}) });
    element(point, "title", {}, `${brief(kind().rates[place])}: ${told(loss)}`);
    point.addEventListener("click", () => update({ rate: place }));
  });
  const loss = losses(kind())[state.rate];
  return fill(Number.isNaN(loss) ? words().atDiverged : words().atRate, { rate: brief(kind().rates[state.rate]), loss: brief(loss) });
}

// The path of the chosen network among others, with a mark at the chosen epoch.
function drawWay(svg, epochs, curves, others) {
  const all = [...curves, ...others].flatMap((curve) => positive(curve.values));
  const last = epochs[epochs.length - 1];
  const [x, y] = [scale(0, last, BOX.left, BOX.right, 1), scale(...range(all), BOX.bottom, BOX.top + 18)];
  const ticks = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 100000, 1000000].filter((tick) => tick <= last);
  frame(svg, x, y, { x: ticks, y: decades(...range(all)) }, { x: words().epoch, y: curves[0].axis });
  for (const other of others) {
    line(svg, x, y, epochs, other.values, { stroke: other.colour, class: "line other", "stroke-dasharray": other.dash });
    const ended = other.values[other.values.length - 1];
    if (ended > 0) element(svg, "text", { x: BOX.right - 4, y: y(ended) - 5, "text-anchor": "end", class: "name" }, other.name);
  }
  for (const curve of curves) line(svg, x, y, epochs, curve.values, { stroke: curve.colour, class: "line", "stroke-dasharray": curve.dash || "" });
  const at = epochs[state.step];
  element(svg, "line", { x1: x(at), x2: x(at), y1: BOX.top, y2: BOX.bottom, class: "cursor" });
  return fill(words().atEpoch, { epoch: at }) + curves.map((curve) => `${curve.name} ${told(curve.values[state.step])}`).join(words().comma);
}

// Test accuracy of every start on images, over the seeds; the chosen seed's value is filled.
function drawStarts(svg) {
  const rows = data.starts.length;
  svg.replaceChildren();
  const x = (share) => BOX.left + 120 + share * (BOX.right - BOX.left - 130);
  const y = (place) => BOX.top + 8 + (place + 0.5) * ((BOX.bottom - BOX.top) / rows);
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    element(svg, "line", { x1: x(tick), x2: x(tick), y1: BOX.top + 6, y2: BOX.bottom + 8, class: "grid" });
    element(svg, "text", { x: x(tick), y: BOX.bottom + 24, "text-anchor": "middle" }, `${100 * tick} %`);
  }
  data.starts.forEach((start, place) => {
    const here = place === state.start;
    element(svg, "text", { x: x(0) - 8, y: y(place) + 4, "text-anchor": "end", class: here ? "strong" : "" }, start.label);
    start.accuracy.forEach((share, seed) => {
      const point = element(svg, "circle", { cx: x(share), cy: y(place), r: seed === state.seed ? 6 : 3, fill: start.colour, class: here ? "" : "other" });
      element(point, "title", {}, `${start.label}: ${(100 * share).toFixed(1)} %`);
      point.addEventListener("click", () => update({ start: place }));
    });
  });
  element(svg, "text", { x: x(0.5), y: BOX.bottom + 42, "text-anchor": "middle" }, words().accuracy);
  const start = data.starts[state.start];
  return fill(words().atStart, { start: start.label, share: (100 * start.accuracy[state.seed]).toFixed(1) });
}

function sentence() {
  if (state.view === "images") return fill(words().sayImages, { train: data.train, test: data.test });
  const times = Number((kind().rates[state.rate] * kind().sharpness[state.seed]).toPrecision(3));
  const rate = fill(times < kind().limit ? words().sayBelow : words().sayAbove, { times: brief(times), limit: brief(kind().limit) });
  const epoch = kind().diverged[state.seed][state.rate];
  if (epoch !== null) return fill(words().sayDiverged, { rate, epoch });
  const path = numbers(kind().paths[state.seed][state.rate]);
  const rise = Number((Math.max(...path) / path[0]).toPrecision(3));
  if (rise > 1) return fill(path[path.length - 1] < path[0] ? words().sayRises : words().sayRisen, { rate, rise: brief(rise) });
  return fill(times < 0.05 * kind().limit ? words().saySlow : words().saySteady, { rate });
}

function draw() {
  const images = state.view === "images";
  by("noise-controls").hidden = images;
  by("images-controls").hidden = !images;
  by("rate").max = kind().rates.length - 1;
  const [epochs, curves, others] = images ? pathOfImages() : pathOfNoise();
  state.step = Math.min(state.step, epochs.length - 1);
  by("epoch").max = epochs.length - 1;
  for (const [id, key] of Object.entries(CONTROLS)) by(id).value = state[key];
  by("rate-value").textContent = brief(kind().rates[state.rate]);
  by("rate").setAttribute("aria-valuetext", brief(kind().rates[state.rate]));
  by("epoch").setAttribute("aria-valuetext", `${words().epoch} ${epochs[state.step]}`);
  for (const button of document.querySelectorAll("[data-run]")) button.setAttribute("aria-pressed", isHere(run(button.dataset.run)));
  for (const [name, value] of Object.entries({ view: state.view, start: kind().start, optimizer: kind().optimizer })) document.querySelector(`input[name=${name}][value=${value}]`).checked = true;
  by("left-value").textContent = images ? drawStarts(by("left")) : drawRates(by("left"));
  by("right-value").textContent = drawWay(by("right"), epochs, curves, others);
  by("said").textContent = sentence();
  by("left").setAttribute("aria-label", by("left-value").textContent);
  const beside = others.map((other) => `${other.name} ${told(other.values[state.step])}`);
  by("right").setAttribute("aria-label", [by("right-value").textContent, ...beside].join(words().comma));
}

function isHere(one) {
  return state.view === one.view && state.kind === one.kind && state.rate === one.rate;
}

function pathOfNoise() {
  const path = (name, one) => ({ name, axis: words().loss, values: numbers(data.kinds[one.kind].paths[state.seed][one.rate]), colour: data.kinds[one.kind].colour, dash: dash(data.kinds[one.kind]) });
  const others = Object.keys(data.article).map((name) => [name, run(name)]).filter(([, one]) => !isHere(one));
  return [data.epochs, [path(words().loss, state)], others.map(([name, one]) => path(name, one))];
}

function pathOfImages() {
  const path = data.starts[state.start].paths[state.seed];
  const [train, test] = [numbers(path.train), numbers(path.test)];
  return [path.epochs, [
    { name: words().train, axis: words().errorAxis, values: train, colour: data.starts[state.start].colour },
    { name: words().test, values: test, colour: data.starts[state.start].colour, dash: "6 4" },
  ], []];
}

function update(changes) {
  const { rates } = kind();
  Object.assign(state, changes);
  if (changes.kind !== undefined && changes.rate === undefined) state.rate = nearest(kind().rates, rates[state.rate]);
  draw();
  const place = state.view === "images" ? data.starts[state.start].id : `${kind().start},${kind().optimizer},${kind().rates[state.rate]}`;
  const address = `#${state.view},${place},${data.seeds[state.seed]}`;
  if (location.hash.replaceAll("%20", " ") !== address) history.replaceState(null, "", address);
}

function nearest(rates, wanted) {
  const apart = rates.map((rate) => Math.abs(Math.log(rate / wanted)));
  return apart.indexOf(Math.min(...apart));
}

// From the address, as far as it is understood.
function restore() {
  const [view, ...parts] = location.hash.slice(1).replaceAll("%20", " ").split(",");
  const seed = Math.max(0, data.seeds.indexOf(Number(parts[parts.length - 1])));
  const start = data.starts.findIndex((one) => one.id === parts[0]);
  if (view === "images" && start >= 0) return { view, start, seed };
  const place = kindOf(parts[0], parts[1]);
  if (view === "noise" && place >= 0 && Number(parts[2]) > 0) return { view, seed, kind: place, rate: nearest(data.kinds[place].rates, Number(parts[2])) };
  return run("autograd");
}

function run(name) {
  const [start, optimizer, rate] = data.article[name];
  const place = kindOf(start, optimizer);
  return { view: "noise", kind: place, rate: nearest(data.kinds[place].rates, rate) };
}

for (const name of ["start", "optimizer"]) {
  for (const input of document.querySelectorAll(`input[name=${name}]`)) input.addEventListener("change", () => update({ kind: kindOf(chosen("start"), chosen("optimizer")) }));
}
for (const input of document.querySelectorAll("input[name=view]")) input.addEventListener("change", () => update({ view: chosen("view"), step: 0 }));
for (const [id, key] of Object.entries(CONTROLS)) by(id).addEventListener("input", () => update({ [key]: Number(by(id).value) }));
for (const button of document.querySelectorAll("[data-run]")) button.addEventListener("click", () => update(run(button.dataset.run)));
document.addEventListener("language", draw);
by("right").addEventListener("pointermove", (event) => {
  const box = by("right").getBoundingClientRect();
  const inside = ((event.clientX - box.left) / box.width) * 440;
  const epochs = state.view === "images" ? pathOfImages()[0] : data.epochs;
  const x = scale(0, epochs[epochs.length - 1], BOX.left, BOX.right, 1);
  const apart = epochs.map((epoch) => Math.abs(x(epoch) - inside));
  const step = apart.indexOf(Math.min(...apart));
  if (step !== state.step) update({ step });
});
window.addEventListener("hashchange", () => {
  if (!location.hash.includes(",")) return; // a link within the page
  Object.assign(state, restore());
  draw();
});
Object.assign(state, restore());
draw();
