// Networks that train in the page: two lanes of a small one, and the article's own.
const SMALL = { batch: 32, inputs: 32, hidden: 128, outputs: 5 };
const SMALL_SEED = 1;
const EPOCHS = 500;
const STARTS = ["normal", "linear"];
const units = data.units; // the article's rates in units of 1 / sharpness, and the momentum of its module run

function startWorker(listen) {
  const worker = new Worker(URL.createObjectURL(new Blob([by("trainer").textContent], { type: "text/javascript" })));
  worker.onmessage = ({ data: message }) => listen(message);
  return worker;
}

// Lane by lane: what the sliders say. Rates and scales are powers of ten.
const lanes = Object.fromEntries(STARTS.map((start) => [start, { losses: [], end: undefined, sharpness: undefined }]));
const value = (name, start) => Number(by(`${name}-${start}`).value);
const scales = (start) => ({ scale1: 10 ** value("scale1", start), scale2: 10 ** value("scale2", start) });
const settings = (start) => ({ ...scales(start), rate: 10 ** value("rate", start), momentum: value("momentum", start), nesterov: true });

let job = 0;
const small = startWorker((message) => {
  if (message.job !== job) return;
  const lane = lanes[STARTS[message.lane]];
  if (message.from === 0) Object.assign(lane, { losses: [], end: undefined, sharpness: message.sharpness });
  lane.losses.push(...message.losses);
  if (message.divergedAt !== undefined) lane.end = message.divergedAt;
  drawLanes();
});

function trainLanes() {
  job += 1;
  const own = { normal: undefined, linear: "linear" };
  small.postMessage({ job, kind: "train", seed: SMALL_SEED, sizes: SMALL, epochs: EPOCHS, lanes: STARTS.map((start) => ({ ...settings(start), start: own[start] })) });
  tellSliders();
}

function tellSliders() {
  for (const start of STARTS) {
    const { rate, scale1, scale2, momentum } = settings(start);
    const times = fill(words().inSharpness, { times: tell(rate * sharpnessOf(start), 3) });
    const texts = { rate: `${tell(rate, 3)} ${times}`, scale1: tell(scale1, 2), scale2: tell(scale2, 2), momentum: tell(momentum, 2) };
    for (const [name, text] of Object.entries(texts)) {
      by(`${name}-${start}-value`).textContent = text;
      by(`${name}-${start}`).setAttribute("aria-valuetext", text);
    }
  }
}

const sharpnesses = {};
function sharpnessOf(start) {
  const key = `${start} ${Object.values(scales(start))}`;
  sharpnesses[key] ??= sharpness(makeNetwork(draw(SMALL_SEED, SMALL, { linear: start === "linear" }), SMALL, scales(start)));
  return sharpnesses[key];
}

// Set a lane's rate to so many times 1 / sharpness, at scale 1.
function setLane(start, times, momentum) {
  for (const name of ["scale1", "scale2"]) by(`${name}-${start}`).value = 0;
  by(`momentum-${start}`).value = momentum;
  by(`rate-${start}`).value = Math.log10(times / sharpnessOf(start));
}

const PRESETS = { autograd: units.autograd, halved: units.autograd / 2, diverge: 8 };
for (const button of document.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => {
    setLane("normal", PRESETS[button.dataset.preset], 0);
    setLane("linear", units.module, units.momentum);
    chooseLanes();
  });
}

function chooseLanes() {
  stop();
  by("lanes-epoch").value = EPOCHS - 1;
  trainLanes();
  address({ normal: laneText("normal"), linear: laneText("linear") });
}

const FIELDS = ["rate", "scale1", "scale2", "momentum"];
const laneText = (start) => FIELDS.map((name) => by(`${name}-${start}`).value).join(",");

function drawLanes() {
  const shown = Number(by("lanes-epoch").value);
  const chart = frame(by("lanes"), { x: [0, EPOCHS], y: [1e-14, 1e9], xLabel: words().epoch, yLabel: words().loss, height: narrow.matches ? 240 : 320, epochs: true });
  const at = {};
  for (const start of STARTS) {
    const { losses: path, end } = lanes[start];
    const xs = path.map((_, epoch) => epoch);
    curve(chart, xs, path, { class: `${start} ghost` });
    curve(chart, xs.slice(0, shown + 1), path, { class: start });
    const last = Math.min(shown, path.length - 1);
    if (last < 0) continue;
    const y = Math.min(chart.box.bottom, Math.max(chart.box.top, chart.y(path[last])));
    add(chart.group, "circle", { cx: chart.x(last), cy: y, r: 5, class: `${start} dot` });
    note(chart, chart.x(last) - 10, y - 9, labels(start), { class: `${start} strong`, "text-anchor": "end" });
    at[start] = end !== undefined && shown >= end ? words().diverged : tell(path[last], 3);
  }
  by("lanes-epoch-value").textContent = shown;
  by("lanes-said").textContent = fill(words().atEpoch, { epoch: shown, ...at });
  by("lanes-goal").textContent = goal();
}

// Whether N(0, 1) ends below, and from which epoch on.
function goal() {
  const [one, other] = STARTS.map((start) => lanes[start]);
  if (one.end !== undefined) return fill(words().blown, { epoch: one.end });
  if (one.losses.length < EPOCHS || other.losses.length < EPOCHS) return "";
  const above = one.losses.findLastIndex((loss, epoch) => !(loss < other.losses[epoch]));
  return above === EPOCHS - 1 ? words().notYet : fill(words().won, { epoch: above + 1 });
}

let timer;
function stop() {
  cancelAnimationFrame(timer);
  timer = undefined;
  tellPlay();
}

const tellPlay = () => {
  by("lanes-play").textContent = timer === undefined ? words().play : words().pause;
};

by("lanes-play").addEventListener("click", () => {
  if (timer !== undefined) {
    stop();
    return;
  }
  const slider = by("lanes-epoch");
  let epoch = Number(slider.value) >= EPOCHS - 1 ? 0 : Number(slider.value);
  const advance = () => {
    epoch = still.matches ? EPOCHS - 1 : Math.min(EPOCHS - 1, epoch + 1 + epoch / 40); // slow where most happens
    slider.value = Math.floor(epoch);
    drawLanes();
    if (epoch < EPOCHS - 1) timer = requestAnimationFrame(advance);
    else stop();
  };
  timer = requestAnimationFrame(advance);
  tellPlay();
});
by("lanes-step").addEventListener("click", () => {
  stop();
  const slider = by("lanes-epoch");
  slider.value = Number(slider.value) >= EPOCHS - 1 ? 0 : Number(slider.value) + 1;
  drawLanes();
});
by("lanes-epoch").addEventListener("input", () => {
  stop();
  drawLanes();
});
for (const start of STARTS) for (const name of FIELDS) by(`${name}-${start}`).addEventListener("input", chooseLanes);

function restoreLanes() {
  setLane("normal", units.autograd, 0);
  setLane("linear", units.module, units.momentum);
  const kept = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  for (const start of STARTS) {
    const values = kept.get(start)?.split(",").map(Number) ?? [];
    if (values.length === FIELDS.length && values.every(Number.isFinite)) FIELDS.forEach((name, place) => {
      by(`${name}-${start}`).value = values[place];
    });
  }
  trainLanes();
}

redraws.push(tellSliders, tellPlay, drawLanes);
restoreLanes();

// The article's own network, from the numbers that travel with the page.
function prepareArticle() {
  const { live } = data;
  const paths = live.lanes.map(() => []);
  const epochs = live.lanes[0].epochs;
  const drawArticle = () => {
    const [low, high] = data.figure ? range(Object.values(data.figure).flatMap((run) => numbers(run.losses))) : [1e-4, 1e10];
    const chart = frame(by("article-chart"), { x: [0, epochs], y: [low / 3, high * 3], xLabel: words().epoch, yLabel: words().loss, height: 260, epochs: true });
    live.lanes.forEach((run, place) => {
      const ours = data.figure[run.name];
      curve(chart, ours.epochs, numbers(ours.losses), { class: `${run.name} ghost` });
      curve(chart, paths[place].map((_, epoch) => epoch), paths[place], { class: run.name });
      if (paths[place].length) by(`${run.name}-first`).textContent = tell(paths[place][0], 5);
      by(`${run.name}-last`).textContent = paths[place].length === epochs ? tell(paths[place][epochs - 1], 3) : "";
    });
  };
  let worker;
  by("article-train").addEventListener("click", () => {
    for (const path of paths) path.length = 0;
    worker ??= startWorker((message) => {
      paths[message.lane].splice(message.from, message.losses.length, ...message.losses);
      by("article-said").textContent = fill(words().training, { epoch: Math.min(...paths.map((path) => path.length)), epochs });
      drawArticle();
    });
    const [problem, linear] = [live.problem, live.linear].map(decodeAll);
    const lanes = live.lanes.map((lane) => ({ ...lane, start: lane.start === "linear" ? linear : undefined }));
    worker.postMessage({ job: 1, kind: "train", sizes: live.sizes, problem, lanes, epochs });
  });
  redraws.push(drawArticle);
}
if (data.live) prepareArticle();
