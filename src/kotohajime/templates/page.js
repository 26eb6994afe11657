// The page: the first screen with its ring, the charts that only show, and what is to be copied.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 52rem)");
const state = { start: "normal", optimizer: "gd", rate: 0 };
const redraws = []; // what draws a chart anew, for another language or width

const kindOf = (start, optimizer) => kinds.find((kind) => kind.start === start && kind.optimizer === optimizer);
const chosen = () => kindOf(state.start, state.optimizer);
const pathOf = (kind, place) => numbers(kind.paths[place]);

function nearest(rates, wanted) {
  const apart = rates.map((rate) => Math.abs(Math.log(rate / wanted)));
  return apart.indexOf(Math.min(...apart));
}

const lowest = Math.min(...kinds.flatMap((kind) => kind.final.filter((loss) => loss > 0)));
const [slowest, fastest] = range(kinds.flatMap((kind) => kind.rates));
const losses = [lowest / 30, 1e8];
const FLOOR = 1e-5; // a final loss below this is rounding

// Final loss against learning rate: both starts, the chosen optimiser in front, a ring to drag.
function drawRates() {
  const svg = by("rates");
  const small = narrow.matches;
  const chart = frame(svg, { x: [slowest / 1.6, fastest * 1.6], y: losses, xLabel: words().rate, yLabel: words().final, height: small ? 205 : 385 });
  const { box, x, y } = chart;
  const floor = y(FLOOR);
  if (data.single && floor < box.bottom) {
    add(chart.group, "rect", { x: box.left, y: floor, width: box.right - box.left, height: box.bottom - floor, class: "floor" });
    note(chart, box.left + 6, box.bottom - 6, words().floor, { class: "quiet" });
  }
  for (const kind of kinds.filter((one) => one.optimizer !== state.optimizer)) curve(chart, kind.rates, kind.final, look(kind, "pale"));
  for (const kind of kinds.filter((one) => one.optimizer === state.optimizer)) {
    curve(chart, kind.rates, kind.final, look(kind));
    kind.rates.forEach((rate, place) => {
      if (kind.final[place] > 0) add(chart.group, "circle", { cx: x(rate), cy: y(kind.final[place]), r: 3.2, class: `${kind.start} dot` });
    });
    const first = kind.final.findIndex((loss) => !(loss < 1e3 * kind.final[0])) - 1;
    const at = kind.start === state.start ? 0.33 : 0.72;
    const place = Math.round(at * (first > 0 ? first : kind.rates.length - 1));
    if (!small) note(chart, x(kind.rates[place]) + 8, y(kind.final[place]) - 8, labels(kind.start), { class: `${kind.start} strong` });
  }
  const kind = chosen();
  const wall = kind.rates.findIndex((_, place) => !Number.isFinite(kind.final[place]));
  if (wall > 0) {
    const at = (x(kind.rates[wall]) + x(kind.rates[wall - 1])) / 2;
    add(chart.group, "line", { x1: at, x2: at, y1: box.top, y2: box.bottom, class: `${kind.start} wall` });
    note(chart, at + 5, box.top + 13, fill(words().diverges, { start: labels(kind.start) }), { class: kind.start });
  }
  for (const [name, [start, optimizer, rate]] of Object.entries(data.article)) {
    const one = kindOf(start, optimizer);
    const loss = one.final[nearest(one.rates, rate)];
    if (!(loss > 0 && loss < Infinity)) continue;
    star(chart, x(rate), y(loss), { class: `${start} mark` });
    note(chart, x(rate) + (start === "linear" ? 12 : -12), y(loss) + 4, small ? name : fill(words().settings, { run: name, loss: tell(loss, 2) }), { class: start, "text-anchor": start === "linear" ? "start" : "end" });
  }
  if (data.article.autograd) drawHalving(chart, small);
  drawRing(chart);
  by("rates-said").textContent = sayLoss();
}

// From the autograd run's settings to the same with half the rate, if that was trained and ends lower.
function drawHalving(chart, small) {
  const [start, optimizer, rate] = data.article.autograd;
  const kind = kindOf(start, optimizer);
  const [before, after] = [rate, rate / 2].map((one) => kind.final[kind.rates.findIndex((other) => Math.abs(other / one - 1) < 1e-6)]);
  if (!(after < before) || state.optimizer !== optimizer) return;
  const [x0, y0, x1, y1] = [chart.x(rate), chart.y(before), chart.x(rate / 2), chart.y(after)];
  add(chart.group, "path", { d: `M${x0} ${y0 + 10}Q${x0 + 4} ${(y0 + y1) / 2 + 20} ${x1 + 12} ${y1 - 1}l8 -8m-8 8l10 2`, class: "arrow" });
  if (!small) note(chart, x1 - 14, y1 + 5, words().halved, { class: "strong", "text-anchor": "end" });
}

function drawRing(chart) {
  const kind = chosen();
  const [rate, loss] = [kind.rates[state.rate], kind.final[state.rate]];
  const [cx, cy] = [chart.x(rate), loss > 0 && loss < Infinity ? chart.y(loss) : chart.box.top + 14];
  const value = { "aria-valuenow": state.rate, "aria-valuemin": 0, "aria-valuemax": kind.rates.length - 1, "aria-valuetext": `${tell(rate)}: ${sayLoss()}` };
  const ring = add(by("rates"), "g", { id: "ring", role: "slider", tabindex: 0, "aria-label": words().rate, ...value, class: kind.start });
  add(ring, "circle", { cx, cy, r: 15, class: "touch" });
  add(ring, "circle", { cx, cy, r: 9, class: "ring" });
  if (!narrow.matches) note({ group: ring, box: chart.box }, cx, cy + 27, tell(rate, 2), { class: "strong", "text-anchor": "middle" });
  moveRing.chart = chart;
}

function moveRing(event) {
  const { chart } = moveRing;
  const box = by("rates").getBoundingClientRect();
  update({ rate: nearest(chosen().rates, chart.x.inverse(event.clientX - box.left)) });
}

// The curve of the chosen network beside those of the article's settings.
function drawPath() {
  const kind = chosen();
  const curves = Object.values(data.article).map(([start, optimizer, rate]) => [kindOf(start, optimizer), rate]);
  const all = [...curves.map(([one, rate]) => pathOf(one, nearest(one.rates, rate))), pathOf(kind, state.rate)];
  const [low, high] = range(all.flat());
  const last = data.epochs[data.epochs.length - 1];
  const y = [Math.min(low, 1e-6), Math.min(1e12, Math.max(high, 1e10))];
  const chart = frame(by("path"), { x: [0, last], y, xLabel: words().epoch, yLabel: narrow.matches ? words().loss : fill(words().path, { seed: data.seed }), height: narrow.matches ? 132 : 205, epochs: true });
  for (const [one, rate] of curves) curve(chart, data.epochs, pathOf(one, nearest(one.rates, rate)), look(one, "pale"));
  curve(chart, data.epochs, pathOf(kind, state.rate), look(kind));
}

function sayLoss() {
  const loss = chosen().final[state.rate];
  if (data.single && loss < FLOOR) return words().endsLow;
  return Number.isFinite(loss) ? fill(words().ends, { loss: tell(loss, 2) }) : words().diverged;
}

// What the learning rate does, in terms of the sharpness; the shape is that of the drawn seed.
function say() {
  const kind = chosen();
  const [rate, end, path] = [kind.rates[state.rate], kind.ends[state.rate], pathOf(kind, state.rate)];
  const times = rate * kind.sharpness;
  const rise = Math.max(...path.filter(Number.isFinite)) / path[0];
  by("said-rate").textContent = tell(rate);
  by("said-rate").className = kind.start;
  by("said-times").textContent = fill(times < kind.limit ? words().below : words().above, { times: tell(times), limit: tell(kind.limit) });
  let what = words().steady;
  if (times < 0.05 * kind.limit) what = words().slow;
  if (rise > 1.01) what = fill(words().rises, { rise: tell(rise, 2) });
  if (Number.isFinite(end)) what = fill(words().grows, { epoch: end });
  by("said-what").textContent = `${what} ${sayLoss()}`;
}

// The axis slides from the rate to the rate x sharpness, and the two valleys fall onto each other.
function drawScaled() {
  const share = Number(by("slide").value) / 100;
  const shown = kinds.filter((kind) => kind.optimizer === "gd");
  const times = (kind) => kind.sharpness ** share;
  const [low, high] = range(shown.flatMap((kind) => kind.rates.filter((_, place) => kind.final[place] < 1e9).map((rate) => rate * times(kind))));
  const middle = Math.sqrt(low * high);
  const width = 10 ** 4.2;
  const chart = valleys(by("scaled"), shown, { times, x: [middle / width, middle * width], y: losses, xLabel: share < 1 ? words().rate : words().times, height: 300 });
  if (share === 1) {
    for (const [at, text] of [[2, "2"], ...shown.map((kind) => [kind.threshold, ""])]) {
      if (!(at > 0)) continue;
      add(chart.group, "line", { x1: chart.x(at), x2: chart.x(at), y1: chart.box.top, y2: chart.box.bottom, class: "wall" });
      note(chart, chart.x(at) - 4, chart.box.bottom - 6, text, { "text-anchor": "end" });
    }
  }
  key(chart, shown.map((kind) => [labels(kind.start), `${kind.start} ${kind.optimizer}`]));
  by("slide").setAttribute("aria-valuetext", share < 1 ? words().rate : words().times);
}

// A ball on a parabola, 8 steps of gradient descent; the steep valley curves as the shallow one times the ratio.
function drawBall() {
  const step = Number(by("step").value);
  by("step-value").textContent = tell(step, 2);
  for (const [name, steep] of [["steep", 1], ["shallow", 0.12]]) {
    const [svg, height] = [by(name), 150];
    const width = blank(svg, height);
    const at = straight(-1.6, 1.6, 0, width);
    const floor = (value) => height - 14 - 62 * steep * value * value;
    const outline = Array.from({ length: 65 }, (_, place) => -1.6 + place / 20).map((value) => `${at(value).toFixed(1)},${floor(value).toFixed(1)}`);
    add(svg, "polyline", { points: outline.join(" "), class: `line ${name === "steep" ? "normal" : "linear"}` });
    let places = [0.8];
    for (let epoch = 0; epoch < 8; epoch += 1) places = [...places, places[places.length - 1] * (1 - step * steep)];
    const inside = places.filter((value) => Math.abs(value) < 1.6);
    add(svg, "polyline", { points: inside.map((value) => `${at(value).toFixed(1)},${(floor(value) - 7).toFixed(1)}`).join(" "), class: "way" });
    for (const [epoch, value] of inside.entries()) add(svg, "circle", { cx: at(value), cy: floor(value) - 7, r: 6, class: "ball", opacity: 0.35 + (0.65 * (epoch + 1)) / inside.length });
    const product = step * steep;
    by(`${name}-said`).textContent = fill(product > 2 ? words().leaves : product > 1 ? words().swings : words().rolls, { times: tell(product, 2) });
  }
}

// How large the first outputs are, beside the targets.
function drawOutputs() {
  const { bins, normal, linear, targets } = data.outputs;
  const [svg, height] = [by("outputs"), 150];
  const width = blank(svg, height);
  const x = straight(bins[0], bins[bins.length - 1], 0, width);
  const bars = (counts, name, highest) =>
    counts.forEach((count, place) => {
      const tall = (highest * count) / Math.max(...counts);
      if (count) add(svg, "rect", { x: x(bins[place]) + 0.5, width: Math.max(1, x(bins[place + 1]) - x(bins[place]) - 1), y: height - 22 - tall, height: tall, class: name });
    });
  bars(normal, "normal bar", 70);
  bars(targets, "bar", 110);
  for (const [value, anchor] of [[bins[0], "start"], [0, "middle"], [bins[bins.length - 1], "end"]]) add(svg, "text", { x: x(value), y: height - 6, "text-anchor": anchor }, value.toLocaleString("en"));
  const close = Math.max(...linear) === linear.reduce((sum, count) => sum + count) || linear.filter(Boolean).length <= 2;
  add(svg, "text", { x: width / 2 + 24, y: 30 }, close ? words().outputsTargets : words().targets);
  add(svg, "text", { x: width / 2 - 90, y: height - 76, "text-anchor": "end", class: "normal strong" }, words().outputsNormal);
}

// The article's figure: our three runs, and the published curves as circles.
function drawFigure() {
  const runs = Object.entries(data.figure).map(([name, run]) => [name, { ...run, losses: numbers(run.losses) }]);
  const [low, high] = range(runs.flatMap(([, run]) => run.losses));
  const last = Math.max(...runs.flatMap(([, run]) => run.epochs));
  const chart = frame(by("figure-chart"), { x: [0, last], y: [low / 3, high * 3], xLabel: words().epoch, yLabel: words().loss, height: 320, epochs: true });
  for (const [name, run] of runs) {
    curve(chart, run.epochs, run.losses, { class: name });
    const [epochs, published] = [run.published[0], numbers(run.published[1] || "-")];
    for (const [place, epoch] of epochs.entries()) add(chart.group, "circle", { cx: chart.x(epoch), cy: chart.y(published[place]), r: 2.6, class: `${name} published` });
  }
  key(chart, runs.map(([name]) => [words()[name], name]));
}

// Test images that each network recognised or, on red, did not.
function drawWall(canvas) {
  const { side, images, right } = data.wall;
  const columns = 20;
  const tile = side + 1;
  [canvas.width, canvas.height] = [columns * tile - 1, Math.ceil(images.length / columns) * tile - 1];
  const context = canvas.getContext("2d");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  images.forEach((image, place) => {
    const known = right[canvas.dataset.start][place] === "1";
    const [paper, ink] = known ? (dark ? [[30, 36, 42], [255, 255, 255]] : [[255, 255, 255], [20, 24, 28]]) : [[196, 54, 38], [255, 255, 255]];
    const picture = context.createImageData(side, side);
    for (let pixel = 0; pixel < side * side; pixel += 1) {
      const share = Number.parseInt(image[pixel], 16) / 15;
      const colour = paper.map((value, channel) => value + share * (ink[channel] - value));
      picture.data.set([...colour, 255], 4 * pixel);
    }
    context.putImageData(picture, (place % columns) * tile, Math.floor(place / columns) * tile);
  });
}

function update(changes) {
  const { rates } = chosen();
  const before = rates[state.rate];
  Object.assign(state, changes);
  if (changes.rate === undefined) state.rate = nearest(chosen().rates, before);
  drawFirst();
  address({ start: state.start, optimizer: state.optimizer, rate: chosen().rates[state.rate] });
}

function drawFirst() {
  const focused = document.activeElement?.id === "ring";
  for (const name of ["start", "optimizer"]) document.querySelector(`input[name=${name}][value=${state[name]}]`).checked = true;
  drawRates();
  drawPath();
  say();
  if (focused) by("ring").focus({ preventScroll: true });
}

// The address holds what was chosen; a link within the page has no "=".
function address(changes) {
  const kept = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  for (const [key, value] of Object.entries(changes)) kept.set(key, String(value));
  history.replaceState(null, "", `#${kept}`);
}

function restore() {
  const kept = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const [start, optimizer, rate] = [kept.get("start"), kept.get("optimizer"), Number(kept.get("rate"))];
  const kind = kindOf(start, optimizer);
  const [first, plain, article] = data.article.autograd ?? [kinds[0].start, kinds[0].optimizer, kinds[0].rates[0]];
  Object.assign(state, kind ? { start, optimizer } : { start: first, optimizer: plain });
  state.rate = nearest(chosen().rates, kind && rate > 0 ? rate : article / 2);
}

for (const name of ["start", "optimizer"]) {
  for (const input of document.querySelectorAll(`input[name=${name}]`)) input.addEventListener("change", () => update({ [name]: input.value }));
}
by("rates").addEventListener("pointerdown", (event) => {
  by("rates").setPointerCapture(event.pointerId);
  moveRing(event);
  by("ring").focus({ preventScroll: true });
});
by("rates").addEventListener("pointermove", (event) => {
  if (by("rates").hasPointerCapture(event.pointerId)) moveRing(event);
});
by("rates").addEventListener("keydown", (event) => {
  const last = chosen().rates.length - 1;
  const next = { ArrowRight: state.rate + 1, ArrowUp: state.rate + 1, ArrowLeft: state.rate - 1, ArrowDown: state.rate - 1, Home: 0, End: last }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  update({ rate: Math.min(last, Math.max(0, next)) });
});
by("slide").addEventListener("input", drawScaled);
by("step").addEventListener("input", drawBall);
by("slide-play").addEventListener("click", () => {
  const to = Number(by("slide").value) < 50 ? 100 : 0;
  const from = Number(by("slide").value);
  const began = performance.now();
  const advance = (now) => {
    const share = still.matches ? 1 : Math.min(1, (now - began) / 1200);
    by("slide").value = from + share * (to - from);
    drawScaled();
    if (share < 1) requestAnimationFrame(advance);
  };
  requestAnimationFrame(advance);
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(by(button.dataset.copy).innerText);
    button.textContent = words().copied;
  });
}
redraws.push(drawFirst, drawScaled, drawBall, drawOutputs, drawFigure, () => document.querySelectorAll("canvas.wall").forEach(drawWall));
const redraw = () => {
  for (const one of redraws) one();
};
document.addEventListener("language", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
let width = innerWidth;
window.addEventListener("resize", () => {
  if (width !== innerWidth) redraw();
  width = innerWidth;
});
window.addEventListener("hashchange", () => {
  if (!location.hash.includes("=")) return;
  restore();
  drawFirst();
});
restore();
