// Networks that train in the page: two lanes of a small one, and the article's own.
const EPOCHS = 500;
const STARTS = ["normal", "linear"];
const FIELDS = ["rate", "scale1", "scale2", "momentum"];
const { units, live } = data; // `units`: the article's rates in units of 1 / sharpness, and the momentum of its module run

function startWorker(listen) {
  const worker = new Worker(URL.createObjectURL(new Blob([by("trainer").textContent], { type: "text/javascript" })));
  worker.onmessage = ({ data: message }) => listen(message);
  return worker;
}

// A lane: its sliders, its problem, its losses so far, and `end`, the epoch at which it diverged.
const lanes = STARTS.map((start) => ({
  start, losses: [], problem: unpack(data.small, start), sliders: FIELDS.map((name) => by(`${name}-${start}`)),
}));
const positions = ({ sliders }) => sliders.map((slider) => Number(slider.value));
const keepLanes = () => keep(Object.fromEntries(lanes.map((lane) => [lane.start, positions(lane)])));

function setSliders({ sliders }, values) {
  for (const [place, slider] of sliders.entries()) slider.value = values[place];
}

// What a lane's sliders say; rates and scales are powers of ten.
function settings(lane) {
  const [rate, scale1, scale2, momentum] = positions(lane);
  return { rate: 10 ** rate, scale1: 10 ** scale1, scale2: 10 ** scale2, momentum };
}

const sharpnesses = {};
function sharpnessOf({ start, problem }, scale1 = 1, scale2 = 1) {
  const key = [start, scale1, scale2];
  sharpnesses[key] ??= sharpness(makeNetwork({ ...problem, scale1, scale2 }));
  return sharpnesses[key];
}

function tellSliders() {
  for (const lane of lanes) {
    const { rate, scale1, scale2, momentum } = settings(lane);
    const times = fill(words().inSharpness, { times: tell(rate * sharpnessOf(lane, scale1, scale2)) });
    const texts = [`${tell(rate)} ${times}`, tell(scale1, 2), tell(scale2, 2), tell(momentum, 2)];
    for (const [place, name] of FIELDS.entries()) tellSlider(`${name}-${lane.start}`, texts[place]);
  }
}

let timer; // while the epochs are played
let job = 0;
const small = startWorker((message) => {
  if (message.job !== job) return;
  const lane = lanes[message.lane];
  lane.losses.splice(message.from, EPOCHS, ...message.losses);
  lane.end = message.divergedAt;
  drawLanes();
});

function trainLanes() {
  showEpoch(EPOCHS - 1);
  job += 1;
  small.postMessage({ job, epochs: EPOCHS, lanes: lanes.map((lane) => ({ ...lane.problem, ...settings(lane) })) });
  tellSliders();
}

function drawLanes() {
  const shown = Number(by("lanes-epoch").value);
  const chart = epochChart(by("lanes"), EPOCHS, [1e-22, 1e9], narrow.matches ? 240 : 320);
  const losses = {};
  for (const { start, losses: path, end } of lanes) {
    const epochs = [...path.keys()];
    curve(chart, epochs, path, `${start} ghost`);
    curve(chart, epochs.slice(0, shown + 1), path, start);
    const last = Math.min(shown, path.length - 1);
    if (last < 0) continue;
    dots(chart, [last], [path[last]], 5, `${start} dot`);
    note(chart, chart.x(last) - 10, chart.y(path[last]) - 9, labels(start), { class: `${start} strong`, "text-anchor": "end" });
    losses[start] = shown >= end ? words().gone : tell(path[last]);
  }
  by("lanes-epoch-value").textContent = shown;
  by("lanes-play").textContent = timer ? words().pause : words().play;
  by("lanes-said").textContent = losses.normal && losses.linear ? fill(words().atEpoch, { epoch: shown, ...losses }) : "";
  by("lanes-goal").textContent = shown === EPOCHS - 1 ? goal(...lanes) : "";
}

// Whether N(0, 1) ends below, and from which epoch on.
function goal({ losses, end }, other) {
  if (end !== undefined) return fill(words().blown, { epoch: end });
  if (losses.length < EPOCHS || (other.losses.length < EPOCHS && other.end === undefined)) return "";
  const above = losses.findLastIndex((loss, epoch) => loss >= (other.losses[epoch] ?? Infinity));
  return above === EPOCHS - 1 ? words().notYet : fill(words().won, { epoch: above + 1 });
}

// Show one epoch, and stop playing.
function showEpoch(epoch) {
  timer = clearInterval(timer);
  by("lanes-epoch").value = epoch;
  drawLanes();
}

// Show the epochs one after the other, slowly where most happens; all at once for who wants no motion.
function play() {
  let epoch = Number(by("lanes-epoch").value) % (EPOCHS - 1);
  const factor = matchMedia("(prefers-reduced-motion: reduce)").matches ? EPOCHS : 1.03;
  timer = setInterval(() => {
    epoch = Math.ceil(epoch * factor + 1);
    if (epoch >= EPOCHS - 1) return showEpoch(EPOCHS - 1);
    by("lanes-epoch").value = epoch;
    drawLanes();
  }, 16);
}

// Both lanes at scale 1, in units of 1 / sharpness: N(0, 1) at such a rate, nn.Linear's start as in the module run.
function preset(times) {
  const rate = (place, wanted) => Math.log10(wanted / sharpnessOf(lanes[place]));
  setSliders(lanes[0], [rate(0, times), 0, 0, 0]);
  setSliders(lanes[1], [rate(1, units.module), 0, 0, units.momentum]);
}

for (const button of document.querySelectorAll("[data-preset]")) button.addEventListener("click", () => {
  preset({ autograd: units.autograd, halved: units.autograd / 2, diverge: 8 }[button.dataset.preset]);
  trainLanes();
  keepLanes();
});
by("lanes-play").addEventListener("click", () => (timer ? showEpoch(by("lanes-epoch").value) : play()));
by("lanes-step").addEventListener("click", () => showEpoch((Number(by("lanes-epoch").value) + 1) % EPOCHS));
by("lanes-epoch").addEventListener("input", ({ target }) => showEpoch(target.value));
for (const slider of lanes.flatMap(({ sliders }) => sliders)) {
  slider.addEventListener("input", trainLanes);
  slider.addEventListener("change", keepLanes);
}

preset(units.autograd);
for (const lane of lanes) {
  const values = kept()[lane.start]?.split(",").map(Number) ?? [];
  if (values.length === FIELDS.length && values.every(Number.isFinite)) setSliders(lane, values);
}
trainLanes();
redraws.push(tellSliders, drawLanes);

// The article's own network, from the numbers that travel with the page; its losses are drawn in the figure.
function trainArticle() {
  const lanes = live.lanes.map((lane) => ({ ...unpack(live, lane.start), ...lane }));
  const running = new Set(trained.keys());
  by("article-train").disabled = true;
  by("article-table").hidden = false;
  startWorker(({ lane, from, losses: more, done, divergedAt }) => {
    const [name, path] = trained[lane];
    path.splice(from, more.length, ...more);
    if (done) running.delete(lane);
    by(`${name}-first`).textContent = tell(path[0], 5);
    by(`${name}-last`).textContent = divergedAt === undefined ? (done ? tell(path.at(-1)) : "") : words().gone;
    by("article-said").textContent = running.size > 0 ? words().training : words().trained;
    drawFigure();
  }).postMessage({ epochs: lanes[0].epochs, lanes });
}
if (live) by("article-train").addEventListener("click", trainArticle);
