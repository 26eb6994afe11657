// Networks that train in the page: two lanes of a small one, and the article's own.
const SMALL = { batch: 32, inputs: 32, hidden: 128, outputs: 5 };
const SMALL_SEED = 1;
const EPOCHS = 500;
const STARTS = ["normal", "linear"];
const FIELDS = ["rate", "scale1", "scale2", "momentum"];
const { units, live } = data; // `units`: the article's rates in units of 1 / sharpness, and the momentum of its module run

function startWorker(listen) {
  const worker = new Worker(URL.createObjectURL(new Blob([by("trainer").textContent], { type: "text/javascript" })));
  worker.onmessage = ({ data: message }) => listen(message);
  return worker;
}

// What a lane's sliders say; rates and scales are powers of ten.
function settings(start) {
  const [rate, scale1, scale2, momentum] = FIELDS.map((name) => Number(by(`${name}-${start}`).value));
  return { rate: 10 ** rate, scale1: 10 ** scale1, scale2: 10 ** scale2, momentum };
}

function setSliders(start, values) {
  for (const [place, name] of FIELDS.entries()) by(`${name}-${start}`).value = values[place];
}

const problems = Object.fromEntries(STARTS.map((start) => [start, draw(SMALL_SEED, SMALL, start === "linear")]));
const lanes = { normal: { losses: [] }, linear: { losses: [] } }; // losses so far, and `end`, the epoch at which a lane diverged
const sharpnesses = {};
function sharpnessOf(start, { scale1, scale2 } = {}) {
  const key = [start, scale1, scale2];
  sharpnesses[key] ??= sharpness(makeNetwork({ ...problems[start], scale1, scale2 }));
  return sharpnesses[key];
}

let job = 0;
const small = startWorker((message) => {
  if (message.job !== job) return;
  const lane = lanes[STARTS[message.lane]];
  if (message.from === 0) lane.losses = [];
  lane.losses.push(...message.losses);
  lane.end = message.divergedAt;
  soon(drawLanes);
});

function trainLanes() {
  stop();
  by("lanes-epoch").value = EPOCHS - 1;
  job += 1;
  small.postMessage({ job, epochs: EPOCHS, lanes: STARTS.map((start) => ({ ...problems[start], ...settings(start) })) });
  tellSliders();
}

function tellSliders() {
  for (const start of STARTS) {
    const { rate, scale1, scale2, momentum } = settings(start);
    const times = fill(words().inSharpness, { times: tell(rate * sharpnessOf(start, { scale1, scale2 }), 3) });
    const texts = [`${tell(rate, 3)} ${times}`, tell(scale1, 2), tell(scale2, 2), tell(momentum, 2)];
    for (const [place, name] of FIELDS.entries()) tellSlider(`${name}-${start}`, texts[place]);
  }
}

// Both lanes in units of 1 / sharpness, at scale 1: N(0, 1) at such a rate, nn.Linear's start as in the module run.
function preset(times) {
  setSliders("normal", [Math.log10(times / sharpnessOf("normal")), 0, 0, 0]);
  setSliders("linear", [Math.log10(units.module / sharpnessOf("linear")), 0, 0, units.momentum]);
}

function keepLanes() {
  const text = (start) => FIELDS.map((name) => by(`${name}-${start}`).value).join(",");
  address({ normal: text("normal"), linear: text("linear") });
}

function drawLanes() {
  const shown = Number(by("lanes-epoch").value);
  const chart = epochChart(by("lanes"), EPOCHS, [1e-14, 1e9], narrow.matches ? 240 : 320);
  const at = {};
  for (const start of STARTS) {
    const { losses: path, end } = lanes[start];
    const epochs = [...path.keys()];
    curve(chart, epochs, path, `${start} ghost`);
    curve(chart, epochs.slice(0, shown + 1), path, start);
    const last = Math.min(shown, path.length - 1);
    if (last < 0) continue;
    const [x, y] = [chart.x(last), Math.min(chart.box.bottom, Math.max(chart.box.top, chart.y(path[last])))];
    add(chart.group, "circle", { cx: x, cy: y, r: 5, class: `${start} dot` });
    note(chart, x - 10, y - 9, labels(start), { class: `${start} strong`, "text-anchor": "end" });
    at[start] = shown >= end ? words().gone : tell(path[last], 3);
  }
  by("lanes-epoch-value").textContent = shown;
  by("lanes-said").textContent = at.normal && at.linear ? fill(words().atEpoch, { epoch: shown, ...at }) : "";
  by("lanes-goal").textContent = goal(lanes.normal, lanes.linear);
}

// Whether N(0, 1) ends below, and from which epoch on.
function goal({ losses, end }, other) {
  if (end !== undefined) return fill(words().blown, { epoch: end });
  if (losses.length < EPOCHS || (other.losses.length < EPOCHS && other.end === undefined)) return "";
  const above = losses.findLastIndex((loss, epoch) => loss >= (other.losses[epoch] ?? Infinity));
  return above === EPOCHS - 1 ? words().notYet : fill(words().won, { epoch: above + 1 });
}

// Show the epochs one after the other, slowly where most happens.
let stopPlaying; // while it plays
function play() {
  const from = Number(by("lanes-epoch").value) % (EPOCHS - 1);
  stopPlaying = animate(1800, (share) => {
    by("lanes-epoch").value = Math.round((from + 40) * ((EPOCHS + 39) / (from + 40)) ** share - 40);
    drawLanes();
    if (share === 1) stop();
  });
  tellPlay();
}

function stop() {
  stopPlaying?.();
  stopPlaying = undefined;
  tellPlay();
}

function tellPlay() {
  by("lanes-play").textContent = stopPlaying ? words().pause : words().play;
}

for (const button of document.querySelectorAll("[data-preset]")) button.addEventListener("click", () => {
  preset({ autograd: units.autograd, halved: units.autograd / 2, diverge: 8 }[button.dataset.preset]);
  trainLanes();
  keepLanes();
});
by("lanes-play").addEventListener("click", () => (stopPlaying ? stop() : play()));
by("lanes-step").addEventListener("click", () => {
  stop();
  by("lanes-epoch").value = (Number(by("lanes-epoch").value) + 1) % EPOCHS;
  drawLanes();
});
by("lanes-epoch").addEventListener("input", () => {
  stop();
  soon(drawLanes);
});
for (const start of STARTS) for (const name of FIELDS) {
  by(`${name}-${start}`).addEventListener("input", trainLanes);
  by(`${name}-${start}`).addEventListener("change", keepLanes);
}

preset(units.autograd);
for (const start of STARTS) {
  const values = kept().get(start)?.split(",").map(Number) ?? [];
  if (values.length === FIELDS.length && values.every(Number.isFinite)) setSliders(start, values);
}
trainLanes();
redraws.push(tellSliders, tellPlay, drawLanes);

// The article's own network, from the numbers that travel with the page; its losses are drawn in the figure.
let article; // the worker
let running; // which of its lanes
function trainArticle() {
  const decodeAll = (arrays) => Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, decode(array)]));
  const [problem, linear] = [decodeAll(live.problem), decodeAll(live.linear)];
  const own = live.lanes.map((lane) => ({ ...live.sizes, ...problem, ...(lane.start === "linear" ? linear : {}), ...lane }));
  const { epochs } = live.lanes[0];
  for (const [, path] of trained) path.length = 0;
  running = new Set(trained.keys());
  by("article-table").hidden = false;
  article ??= startWorker(({ lane, from, losses: more, done, divergedAt }) => {
    const [name, path] = trained[lane];
    path.splice(from, more.length, ...more);
    if (done) running.delete(lane);
    by(`${name}-first`).textContent = tell(path[0], 5);
    by(`${name}-last`).textContent = divergedAt === undefined ? (done ? tell(path.at(-1), 3) : "") : words().gone;
    const epoch = Math.min(...[...running].map((one) => trained[one][1].length));
    by("article-said").textContent = running.size > 0 ? fill(words().training, { epoch, epochs }) : "";
    soon(drawFigure);
  });
  article.postMessage({ epochs, lanes: own });
}
if (live) by("article-train").addEventListener("click", trainArticle);
