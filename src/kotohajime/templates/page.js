// The page: the first screen with its ring, the charts that only show, and what is to be copied.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const narrow = matchMedia("(max-width: 52rem)");
const FLOOR = data.floor; // a final loss below this is rounding; null in float64
const [slowest, fastest] = range(kinds.flatMap((kind) => kind.rates));
const losses = [range(kinds.flatMap((kind) => kind.final))[0] / 30, 1e8];
const state = { start: "normal", optimizer: "gd", rate: 0 };

const kindOf = (start, optimizer) => kinds.find((kind) => kind.start === start && kind.optimizer === optimizer);
const chosen = () => kindOf(state.start, state.optimizer);
const pathOf = (kind, place) => numbers(kind.paths[place]);

function nearest(rates, wanted) {
  const apart = rates.map((rate) => Math.abs(Math.log(rate / wanted)));
  return apart.indexOf(Math.min(...apart));
}

// Draw in the next frame, once, however often it is asked.
const waiting = new Set();
function soon(draw) {
  if (!waiting.has(draw)) requestAnimationFrame(() => waiting.delete(draw) && draw());
  waiting.add(draw);
}

// Show, frame by frame, which share of the time has passed, or at once all of it; returns what stops this.
function animate(milliseconds, show) {
  const began = performance.now();
  let frame = requestAnimationFrame(function next(now) {
    const share = still.matches ? 1 : Math.min(1, Math.max(0, now - began) / milliseconds);
    if (share < 1) frame = requestAnimationFrame(next);
    show(share);
  });
  return () => cancelAnimationFrame(frame);
}

// Call `move` with the events of a pointer that is down on an element.
function whileDown(element, move) {
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    move(event);
  });
  element.addEventListener("pointermove", (event) => element.hasPointerCapture(event.pointerId) && move(event));
}

function tellSlider(id, text) {
  by(`${id}-value`).textContent = text;
  by(id).setAttribute("aria-valuetext", text);
}

// What the address holds: what was chosen. A link within the page has no "=".
const kept = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");

function address(changes) {
  const all = kept();
  for (const [name, value] of Object.entries(changes)) all.set(name, value);
  history.replaceState(null, "", `#${all}`);
}

// Final loss against learning rate: both starts, the chosen optimiser in front, a ring to drag.
function drawRates() {
  const small = narrow.matches;
  const axes = { x: [slowest / 1.6, fastest * 1.6], y: losses, xLabel: words().rate, yLabel: finalLabel() };
  const chart = frame(by("rates"), { ...axes, height: small ? 165 : 385 });
  drawFloor(chart);
  for (const kind of kinds) if (kind.optimizer !== state.optimizer) curve(chart, kind.rates, kind.final, look(kind, "pale"));
  for (const kind of kinds) if (kind.optimizer === state.optimizer) drawValley(chart, kind, small);
  drawCliff(chart, chosen());
  for (const [run, settings] of Object.entries(data.article)) drawSettings(chart, run, settings, small);
  if (data.article.autograd && !small) drawHalving(chart);
  drawRing(chart);
}

function drawFloor({ group, box, y, ...chart }) {
  const floor = y(FLOOR);
  if (FLOOR === null || floor >= box.bottom) return;
  add(group, "rect", { x: box.left, y: floor, width: box.right - box.left, height: box.bottom - floor, class: "floor" });
  note({ ...chart, group, box }, box.left + 6, box.bottom - 6, words().floor, { class: "quiet" });
}

function drawValley(chart, kind, small) {
  curve(chart, kind.rates, kind.final, look(kind));
  dots(chart, kind.rates, kind.final, 3.2, `${kind.start} dot`);
  if (small) return;
  const last = kind.final.findIndex((loss) => !(loss < 1e3 * kind.final[0])) - 1;
  const place = Math.round((kind.start === state.start ? 0.33 : 0.72) * (last > 0 ? last : kind.rates.length - 1));
  note(chart, chart.x(kind.rates[place]) + 8, chart.y(kind.final[place]) - 8, labels(kind.start), { class: `${kind.start} strong` });
}

// The rate from which training diverges.
function drawCliff(chart, { start, threshold, sharpness: steepness }) {
  const at = chart.x(threshold / steepness);
  if (!(at > chart.box.left && at < chart.box.right)) return;
  line(chart, [at, chart.box.top], [at, chart.box.bottom], `${start} wall`);
  note(chart, at, chart.box.top - 6, fill(words().diverges, { start: labels(start) }), { class: start, "text-anchor": "middle" });
}

// A star at one of the article's settings.
const STAR = "0,-9 2.1,-2.9 8.6,-2.8 3.4,1.1 5.3,7.3 0,3.6 -5.3,7.3 -3.4,1.1 -8.6,-2.8 -2.1,-2.9";
function drawSettings(chart, run, [start, optimizer, rate], small) {
  const { rates, final } = kindOf(start, optimizer);
  const loss = final[nearest(rates, rate)];
  if (!onScale(loss)) return;
  const [x, y] = [chart.x(rate), chart.y(loss)];
  add(chart.group, "polygon", { points: STAR, transform: `translate(${x} ${y})`, class: `${start} mark` });
  const [aside, anchor] = start === "linear" ? [12, "start"] : [-12, "end"];
  const text = small ? run : fill(words().settings, { run, loss: tell(loss, 2) });
  note(chart, x + aside, y + 4, text, { class: start, "text-anchor": anchor });
}

// From the autograd run's settings to the same with half the rate, if that was trained and ends lower.
function drawHalving(chart) {
  const [start, optimizer, rate] = data.article.autograd;
  const { rates, final } = kindOf(start, optimizer);
  const [before, after] = [rate, rate / 2].map((one) => final[rates.findIndex((other) => Math.abs(other / one - 1) < 1e-6)]);
  if (!(after < before) || state.optimizer !== optimizer) return;
  const [x0, y0, x1, y1] = [chart.x(rate), chart.y(before), chart.x(rate / 2), chart.y(after)];
  const bow = `M${x0} ${y0 + 10}Q${x0 + 4} ${(y0 + y1) / 2 + 20} ${x1 + 12} ${y1 - 1}`;
  add(chart.group, "path", { d: `${bow}l8 -8m-8 8l10 2`, class: "arrow" });
  note(chart, x1 - 14, y1 + 5, words().halved, { class: "strong", "text-anchor": "end" });
}

function drawRing(chart) {
  const { rates, final, start } = chosen();
  const [rate, loss] = [rates[state.rate], final[state.rate]];
  const [cx, cy] = [chart.x(rate), onScale(loss) ? chart.y(loss) : chart.box.top + 14];
  const value = { "aria-valuenow": state.rate, "aria-valuemin": 0, "aria-valuemax": rates.length - 1 };
  const said = { "aria-label": words().rate, "aria-valuetext": `${tell(rate)}: ${sayLoss()}` };
  const ring = add(by("rates"), "g", { id: "ring", role: "slider", tabindex: 0, ...said, ...value, class: start });
  add(ring, "circle", { cx, cy, r: 15, class: "touch" });
  add(ring, "circle", { cx, cy, r: 9, class: "ring" });
  if (!narrow.matches) note({ ...chart, group: ring }, cx, cy + 27, tell(rate, 2), { class: "strong", "text-anchor": "middle" });
  moveRing.chart = chart;
}

function moveRing(event) {
  const rate = nearest(chosen().rates, moveRing.chart.x.inverse(event.clientX - by("rates").getBoundingClientRect().left));
  if (rate !== state.rate) update({ rate });
  by("ring").focus({ preventScroll: true });
}

function stepRing(event) {
  const last = chosen().rates.length - 1;
  const [down, up] = [Math.max(0, state.rate - 1), Math.min(last, state.rate + 1)];
  const rate = { ArrowRight: up, ArrowUp: up, ArrowLeft: down, ArrowDown: down, Home: 0, End: last }[event.key];
  if (rate === undefined) return;
  event.preventDefault();
  update({ rate });
}

// The curve of the chosen network beside those of the article's settings.
function drawPath() {
  const ours = Object.values(data.article).map(([start, optimizer, rate]) => {
    const kind = kindOf(start, optimizer);
    return [pathOf(kind, nearest(kind.rates, rate)), look(kind, "pale")];
  });
  const curves = [...ours, [pathOf(chosen(), state.rate), look(chosen())]];
  const [low, high] = range(curves.flatMap(([path]) => path));
  const y = [Math.min(low, 1e-6), Math.min(1e12, Math.max(high, 1e10))];
  const [height, label] = narrow.matches ? [100, words().loss] : [205, fill(words().path, { seed: data.seed })];
  const chart = epochChart(by("path"), data.epochs.at(-1), y, height, label);
  for (const [path, name] of curves) curve(chart, data.epochs, path, name);
}

function sayLoss() {
  const loss = chosen().final[state.rate];
  if (FLOOR !== null && loss < FLOOR) return words().endsLow;
  return Number.isFinite(loss) ? fill(words().ends, { loss: tell(loss, 2) }) : words().diverged;
}

// What a learning rate of so many times 1 / sharpness does; the shape is that of the drawn seed.
function sayShape({ ends, limit }, path, times) {
  const rise = Math.max(...path.filter(Number.isFinite)) / path[0];
  if (Number.isFinite(ends[state.rate])) return fill(words().grows, { epoch: ends[state.rate] });
  if (rise > 1.01) return fill(words().rises, { rise: tell(rise, 2) });
  return times < 0.05 * limit ? words().slow : words().steady;
}

function say() {
  const kind = chosen();
  const rate = kind.rates[state.rate];
  const times = rate * kind.sharpness;
  by("said-rate").textContent = tell(rate);
  by("said-rate").className = kind.start;
  const beside = times < kind.limit ? words().below : words().above;
  by("said-times").textContent = fill(beside, { times: tell(times), limit: tell(kind.limit) });
  by("said-what").textContent = `${sayShape(kind, pathOf(kind, state.rate), times)} ${sayLoss()}`;
}

// The axis slides from the rate to the rate x sharpness, and both valleys end at the same place.
function drawScaled() {
  const share = Number(by("slide").value) / 100;
  const xLabel = share < 1 ? words().rate : words().times;
  const shown = kinds.filter((kind) => kind.optimizer === "gd");
  const times = (kind) => kind.sharpness ** share;
  const ends = (kind) => kind.rates.filter((_, place) => kind.final[place] < 1e9).map((rate) => rate * times(kind));
  const [low, high] = range(shown.flatMap(ends));
  const [middle, width] = [Math.sqrt(low * high), 10 ** 4.2];
  const chart = valleys(by("scaled"), shown, { times, x: [middle / width, middle * width], y: losses, xLabel, height: 300 });
  const limits = share < 1 ? [] : [[2, "2"], [shown[0].threshold, tell(shown[0].threshold ?? 0, 2)]];
  for (const [at, text] of limits.filter(([limit]) => limit > 0)) {
    line(chart, [chart.x(at), chart.box.top], [chart.x(at), chart.box.bottom], "wall");
    note(chart, chart.x(at), chart.box.top - 6, text, { "text-anchor": "middle" });
  }
  key(chart, shown.map((kind) => [labels(kind.start), look(kind)]));
  by("slide").setAttribute("aria-valuetext", xLabel);
}

// A ball on a parabola, 8 steps of gradient descent; the steep valley curves as the shallow one times the ratio.
function drawBall(name, steep) {
  const times = Number(by("step").value) * steep;
  const height = 150;
  const [x, depth] = [straight(-1.6, 1.6, 0, blank(by(name), height)), 62 * steep * 1.6 ** 2];
  const y = (value) => height - 14 - depth * (value / 1.6) ** 2;
  const bow = `M${x(-1.6)} ${y(1.6)}Q${x(0)} ${y(0) + depth} ${x(1.6)} ${y(1.6)}`;
  add(by(name), "path", { d: bow, class: `line ${name === "steep" ? "normal" : "linear"}` });
  const places = Array.from({ length: 9 }, (_, epoch) => 0.8 * (1 - times) ** epoch).filter((value) => Math.abs(value) < 1.6);
  add(by(name), "polyline", { points: places.map((value) => `${x(value)},${y(value) - 7}`).join(" "), class: "way" });
  places.forEach((value, epoch) => {
    add(by(name), "circle", { cx: x(value), cy: y(value) - 7, r: 6, class: "ball", opacity: 0.35 + (0.65 * (epoch + 1)) / places.length });
  });
  const said = times > 2 ? words().leaves : times > 1 ? words().swings : words().rolls;
  by(`${name}-said`).textContent = fill(said, { times: tell(times, 2) });
}

function drawBalls() {
  tellSlider("step", tell(Number(by("step").value), 2));
  drawBall("steep", 1);
  drawBall("shallow", 0.12);
}

// How large the first outputs are, beside the targets.
function drawOutputs() {
  const { bins, normal, linear, targets } = data.outputs;
  const [svg, height] = [by("outputs"), 150];
  const width = blank(svg, height);
  const [first, last] = [bins[0], bins.at(-1)];
  const x = straight(first, last, 0, width);
  const wide = Math.max(1, x(bins[1]) - x(first) - 1);
  for (const [counts, name, highest] of [[normal, "normal bar", 60], [targets, "bar", 85]]) {
    const bar = straight(0, Math.max(...counts), 0, highest);
    counts.forEach((count, place) => {
      if (count) add(svg, "rect", { x: x(bins[place]) + 0.5, width: wide, y: height - 22 - bar(count), height: bar(count), class: name });
    });
  }
  for (const [value, anchor] of [[first, "start"], [0, "middle"], [last, "end"]]) {
    add(svg, "text", { x: x(value), y: height - 6, "text-anchor": anchor }, value.toLocaleString("en"));
  }
  const close = linear.filter(Boolean).length <= 2;
  add(svg, "text", { x: 2, y: 14, class: "normal strong" }, words().outputsNormal);
  add(svg, "text", { x: 2, y: 31 }, close ? words().outputsTargets : words().targets);
}

// The article's figure: our three runs, paler while they are trained here once more, and the published curves as circles.
const figure = Object.entries(data.figure).map(([name, run]) => [name, withNumbers(run, ["losses"])]);
const trained = data.live?.lanes.map(({ name }) => [name, []]) ?? []; // losses, here
function drawFigure() {
  const [low, high] = range(figure.flatMap(([, run]) => run.losses));
  const last = Math.max(...figure.flatMap(([, run]) => run.epochs));
  const chart = epochChart(by("figure-chart"), last, [low / 3, high * (narrow.matches ? 1e4 : 30)], 300);
  const again = trained.some(([, path]) => path.length > 0);
  for (const [name, run] of figure) {
    curve(chart, run.epochs, run.losses, again ? `${name} ghost` : name);
    dots(chart, run.published[0], numbers(run.published[1]), 2.6, `${name} published`);
  }
  for (const [name, path] of trained) curve(chart, [...path.keys()], path, name);
  key(chart, figure.map(([name]) => [words()[name], name]));
}

// Paint a picture (side, side) with its corner at (left, top); shares are of the ink in each pixel.
const [WHITE, BLACK, RED, NIGHT] = [[255, 255, 255], [20, 24, 28], [196, 54, 38], [30, 36, 42]];
function paint(canvas, side, shares, [paper, ink] = [WHITE, BLACK], left = 0, top = 0) {
  const picture = new ImageData(side, side);
  shares.forEach((share, pixel) => {
    picture.data.set([...paper.map((value, channel) => value + share * (ink[channel] - value)), 255], 4 * pixel);
  });
  canvas.getContext("2d").putImageData(picture, left, top);
}

// Test images that each network recognised or, on red, did not.
function drawWall(canvas) {
  const { side, images, right } = data.wall;
  const [columns, tile] = [20, side + 1];
  [canvas.width, canvas.height] = [columns * tile - 1, Math.ceil(images.length / columns) * tile - 1];
  const known = dark.matches ? [NIGHT, WHITE] : [WHITE, BLACK];
  images.forEach((image, place) => {
    const colours = right[canvas.dataset.start][place] === "1" ? known : [RED, WHITE];
    const shares = Array.from(image, (pixel) => Number.parseInt(pixel, 16) / 15);
    paint(canvas, side, shares, colours, (place % columns) * tile, Math.floor(place / columns) * tile);
  });
}

function update(changes) {
  const before = chosen().rates[state.rate];
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

function restore() {
  const { start, optimizer, rate } = Object.fromEntries(kept());
  const kind = kindOf(start, optimizer);
  const [first, plain, article] = data.article.autograd ?? [kinds[0].start, kinds[0].optimizer, kinds[0].rates[0]];
  Object.assign(state, kind ? { start, optimizer } : { start: first, optimizer: plain });
  state.rate = nearest(chosen().rates, kind && rate > 0 ? rate : article / 2);
}

by("explorer").addEventListener("change", ({ target }) => update({ [target.name]: target.value }));
by("rates").addEventListener("keydown", stepRing);
whileDown(by("rates"), moveRing);
by("slide").addEventListener("input", () => soon(drawScaled));
by("step").addEventListener("input", () => soon(drawBalls));
by("slide-play").addEventListener("click", () => {
  const from = Number(by("slide").value);
  const to = from < 50 ? 100 : 0;
  animate(1200, (share) => {
    by("slide").value = from + share * (to - from);
    drawScaled();
  });
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(by(button.dataset.copy).innerText);
    button.textContent = words().copied;
  });
}
window.addEventListener("hashchange", () => {
  if (!location.hash.includes("=")) return;
  restore();
  drawFirst();
});
redraws.push(drawFirst, drawScaled, drawBalls, drawOutputs, drawFigure, () => document.querySelectorAll("canvas.wall").forEach(drawWall));
restore();
