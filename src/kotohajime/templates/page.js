// The page: the first screen with the slider in its chart, the charts that only show, and what is to be copied.
const narrow = matchMedia("(max-width: 52rem)");
const FLOOR = data.floor; // a final loss below this is rounding; null in float64
const THUMB = 24; // of the slider in the chart, as in story.css
const [slowest, fastest] = range(kinds.flatMap((kind) => kind.rates));
const state = { start: "normal", optimizer: "gd", rate: 0 }; // `rate` is a place in the kind's rates

const kindOf = (start, optimizer) => kinds.find((kind) => kind.start === start && kind.optimizer === optimizer);
const chosen = () => kindOf(state.start, state.optimizer);

function nearest(rates, wanted) {
  const apart = rates.map((rate) => Math.abs(Math.log(rate / wanted)));
  return apart.indexOf(Math.min(...apart));
}

function tellSlider(id, text) {
  by(`${id}-value`).textContent = text;
  by(id).setAttribute("aria-valuetext", text);
}

// What the address holds: what was chosen. A link within the page has no "=".
const kept = () => Object.fromEntries(new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : ""));
const keep = (changes) => history.replaceState(null, "", `#${new URLSearchParams({ ...kept(), ...changes })}`);

// Final loss against learning rate: both starts, the chosen optimiser in front, a ring at the chosen rate.
function drawRates() {
  const small = narrow.matches;
  const axes = { x: [slowest / 1.6, fastest * 1.6], y: losses, xLabel: words().rate, yLabel: finalLabel() };
  const chart = frame(by("rates"), { ...axes, height: small ? 165 : 385 });
  drawFloor(chart);
  for (const kind of kinds) if (kind.optimizer !== state.optimizer) curve(chart, kind.rates, kind.final, look(kind, "pale"));
  for (const kind of kinds) if (kind.optimizer === state.optimizer) drawNamed(chart, kind, small);
  const cliff = chart.x(chosen().threshold / chosen().sharpness); // from there on training diverges
  const text = fill(words().diverges, { start: labels(state.start) });
  if (cliff > chart.box.left && cliff < chart.box.right) upright(chart, cliff, text, state.start);
  for (const [run, settings] of Object.entries(data.article)) drawSettings(chart, run, settings, small);
  if (data.article.autograd && !small) drawHalving(chart);
  drawRing(chart, small);
}

function drawFloor(chart) {
  const { left, right, bottom } = chart.box;
  const y = chart.y(FLOOR ?? 0);
  if (y < bottom) add(chart.group, "rect", { x: left, y, width: right - left, height: bottom - y, class: "floor" });
  if (y < bottom) note(chart, left + 6, bottom - 6, words().floor, { class: "quiet" });
}

function drawNamed(chart, kind, small) {
  valley(chart, kind);
  if (small) return;
  const last = kind.final.findIndex((loss) => !onScale(loss) || loss > 1e3 * kind.final[0]) - 1;
  const place = Math.round((kind.start === state.start ? 0.33 : 0.72) * (last > 0 ? last : kind.rates.length - 1));
  note(chart, chart.x(kind.rates[place]) + 8, chart.y(kind.final[place]) - 8, labels(kind.start), { class: `${kind.start} strong` });
}

// A star at one of the article's settings.
function drawSettings(chart, run, [start, optimizer, rate], small) {
  const { rates, final } = kindOf(start, optimizer);
  const loss = final[nearest(rates, rate)];
  if (!onScale(loss)) return;
  const [x, y] = [chart.x(rate), chart.y(loss)];
  add(chart.group, "text", { x, y: y + 7, class: `${start} mark`, "text-anchor": "middle" }, "★");
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

// The ring; the slider that moves it lies over the chart, unseen, as wide as the rates are apart.
function drawRing(chart, small) {
  const { rates, final, start } = chosen();
  const [rate, loss] = [rates[state.rate], final[state.rate]];
  const [cx, cy] = [chart.x(rate), chart.y(loss ?? Infinity)];
  add(chart.group, "circle", { cx, cy, r: 9, class: `${start} ring` });
  if (!small) note(chart, cx, cy + 27, tell(rate, 2), { class: `${start} strong`, "text-anchor": "middle" });
  const [left, right] = range(rates).map(chart.x);
  Object.assign(by("rate").style, { left: `${left - THUMB / 2}px`, width: `${right - left + THUMB}px` });
  const [min, max, value] = [...range(rates), rate].map(Math.log10);
  Object.assign(by("rate"), { min, max, value, ariaLabel: words().rate, ariaValueText: `${tell(rate)}: ${sayLoss()}` });
}

// The curve of the chosen network beside those of the article's settings.
function drawPath() {
  const ours = Object.values(data.article).map(([start, optimizer, rate]) => {
    const kind = kindOf(start, optimizer);
    return [kind.paths[nearest(kind.rates, rate)], look(kind, "pale")];
  });
  const curves = [...ours, [chosen().paths[state.rate], look(chosen())]];
  const [low, high] = range(curves.flatMap(([path]) => path));
  const y = [Math.min(low, 1e-6), Math.min(1e12, Math.max(high, 1e10))];
  const [height, label] = narrow.matches ? [100, words().loss] : [205, fill(words().path, { seed: data.seed })];
  const chart = epochChart(by("path"), data.epochs.at(-1), y, height, label);
  for (const [path, name] of curves) curve(chart, data.epochs, path, name);
}

function sayLoss() {
  const loss = chosen().final[state.rate];
  if (loss === null) return words().diverged;
  return loss < (FLOOR ?? 0) ? words().endsLow : fill(words().ends, { loss: tell(loss, 2) });
}

// What a learning rate of so many times 1 / sharpness does; the shape is that of the drawn seed.
function sayShape({ ends, limit }, path, times) {
  const rise = Math.max(...path) / path[0];
  if (Number.isFinite(ends[state.rate])) return fill(words().grows, { epoch: ends[state.rate], seed: data.seed });
  if (rise > 1.01) return fill(words().rises, { rise: tell(rise, 2), seed: data.seed });
  return times < 0.05 * limit ? words().slow : words().steady;
}

function say() {
  const kind = chosen();
  const rate = kind.rates[state.rate];
  const times = rate * kind.sharpness;
  Object.assign(by("said-rate"), { textContent: tell(rate), className: kind.start });
  const beside = times < kind.limit ? words().below : words().above;
  by("said-times").textContent = fill(beside, { times: tell(times), limit: tell(kind.limit), optimizer: labels(kind.optimizer) });
  by("said-what").textContent = `${sayShape(kind, kind.paths[state.rate], times)} ${sayLoss()}`;
}

// The axis slides from the rate to the rate x sharpness, where theory has a limit, and the networks another.
function drawScaled() {
  const share = Number(by("slide").value) / 100;
  const shown = kinds.filter((kind) => kind.optimizer === "gd");
  const chart = valleys(by("scaled"), shown, share, 300);
  const { threshold, start } = shown[0];
  if (share === 1) upright(chart, chart.x(2), words().parabola, "", "end");
  if (share === 1 && threshold) upright(chart, chart.x(threshold), `${tell(threshold, 2)}: ${labels(start)}`, start, "start");
  key(chart, shown.map((kind) => [labels(kind.start), look(kind)]));
  by("slide").ariaValueText = share < 1 ? words().rate : words().times;
}

// A ball on a parabola, 8 steps of gradient descent; the steep valley curves as the shallow one times the ratio.
function drawBall(name, start, steep) {
  const [times, height] = [Number(by("step").value) * steep, 150];
  const [x, depth] = [straight(-1.6, 1.6, 0, blank(by(name), height)), 62 * steep * 1.6 ** 2];
  const y = (value) => height - 14 - depth * (value / 1.6) ** 2;
  add(by(name), "path", { d: `M${x(-1.6)} ${y(1.6)}Q${x(0)} ${y(0) + depth} ${x(1.6)} ${y(1.6)}`, class: `line ${start}` });
  const places = Array.from({ length: 9 }, (_, epoch) => 0.5 * (1 - times) ** epoch).filter((value) => Math.abs(value) < 1.6);
  add(by(name), "polyline", { points: places.map((value) => `${x(value)},${y(value) - 7}`).join(" "), class: "way" });
  places.forEach((value, epoch) => {
    add(by(name), "circle", { cx: x(value), cy: y(value) - 7, r: 6, class: "ball", opacity: 0.35 + (0.65 * (epoch + 1)) / places.length });
  });
  const said = times > 2 ? words().leaves : times > 1 ? words().swings : words().rolls;
  by(`${name}-said`).textContent = fill(said, { times: tell(times, 2) });
}

function drawBalls() {
  tellSlider("step", tell(Number(by("step").value), 2));
  drawBall("steep", "normal", 1);
  drawBall("shallow", "linear", 0.12);
}

// The article's figure: our three runs, paler while they are trained here once more, and the published curves as circles.
const figure = Object.entries(data.figure);
const trained = data.live?.lanes.map(({ name }) => [name, []]) ?? []; // losses, here
function drawFigure() {
  const [low, high] = range(figure.flatMap(([, run]) => run.losses));
  const last = Math.max(...figure.flatMap(([, run]) => run.epochs));
  const chart = epochChart(by("figure-chart"), last, [low / 3, high * (narrow.matches ? 1e4 : 30)], 300);
  const again = trained.some(([, path]) => path.length > 0);
  for (const [name, run] of figure) {
    curve(chart, run.epochs, run.losses, again ? `${name} ghost` : name);
    dots(chart, ...run.published, 2.6, `${name} published`);
  }
  for (const [name, path] of trained) curve(chart, [...path.keys()], path, name);
  key(chart, figure.map(([name]) => [words()[name], name]));
}

function drawFirst() {
  for (const name of ["start", "optimizer"]) document.querySelector(`input[name=${name}][value=${state[name]}]`).checked = true;
  drawRates();
  drawPath();
  say();
}

// Show another network; without a place, the one whose rate is nearest to that of before.
function choose(changes) {
  const rate = chosen().rates[state.rate];
  Object.assign(state, changes);
  if (changes.rate === undefined) state.rate = nearest(chosen().rates, rate);
  drawFirst();
  keep({ start: state.start, optimizer: state.optimizer, rate: chosen().rates[state.rate] });
}

// At first: what the address says, else the autograd run with its rate halved.
function restore({ start, optimizer, rate }) {
  const kind = kindOf(start, optimizer);
  const [first, plain, article] = data.article.autograd ?? [kinds[0].start, kinds[0].optimizer, kinds[0].rates[0]];
  Object.assign(state, kind ? { start, optimizer } : { start: first, optimizer: plain });
  state.rate = nearest(chosen().rates, kind && rate > 0 ? rate : article / 2);
}

by("explorer").addEventListener("input", ({ target }) => {
  choose({ [target.name]: target.name === "rate" ? nearest(chosen().rates, 10 ** target.value) : target.value });
});
by("rate").addEventListener("keydown", (event) => {
  const rate = state.rate + ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key] ?? NaN);
  if (!chosen().rates[rate]) return; // the slider itself knows Home and End
  event.preventDefault();
  choose({ rate });
});
by("slide").addEventListener("input", drawScaled);
by("step").addEventListener("input", drawBalls);
for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(by(button.dataset.copy).innerText);
  button.textContent = words().copied;
});
redraws.push(drawFirst, drawScaled, drawBalls, drawFigure);
restore(kept());
