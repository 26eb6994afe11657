// Two networks learn digits in the page, and answer what the reader draws or picks.
const PAD = 32; // the drawing's pixels; a digit has 8 x 8
const SCALES = data.scale.scale; // of N(0, 1), those of the results
const { digits } = data;
const readers = Object.fromEntries(STARTS.map((start) => [start, { weights: undefined, told: "", message: {} }]));
const ink = new Uint8Array(PAD * PAD);
let asked; // the image that both answer, as a network takes it

const scaleNow = () => SCALES[Number(by("digits-scale").value)];

const read = ({ text }) => readImages({ ...digits, text });

function problemOf(start) {
  const { learn, test } = digits;
  const sizes = { batch: learn.labels.length, inputs: learn.text.length / learn.labels.length, hidden: 128, outputs: 10 };
  const { w1, w2 } = draw(SMALL_SEED, sizes, { linear: start === "linear" });
  return { problem: { x: read(learn), y: targetsOf(learn.labels), w1, w2 }, sizes, images: read(test), labels: test.labels };
}

function learnDigits(start) {
  const reader = readers[start];
  const scale = start === "normal" ? scaleNow() : 1;
  const lane = { scale1: scale, scale2: scale, centred: start === "normal" && by("digits-centred").checked };
  const count = digits.test.labels.length;
  reader.weights = undefined;
  reader.worker ??= startWorker((message) => {
    reader.message = message;
    if (message.weights) reader.weights = message.weights;
    tellReader(start);
  });
  reader.worker.postMessage({ job: 1, kind: "learn", ...problemOf(start), lane, c: 0.8, momentum: 0.8, target: 0.01, most: 20000, count });
}

function tellReader(start) {
  const { epoch, epochs, error, accuracy } = readers[start].message;
  const count = digits.test.labels.length;
  let text = "";
  if (epoch !== undefined) text = fill(words().learning, { epoch, error: tell(error, 2) });
  if (accuracy !== undefined) text = fill(error < 0.01 ? words().learned : words().unlearned, { share: `${(100 * accuracy).toFixed(0)} %`, count, epochs });
  by(`learned-${start}`).textContent = text;
  tellAnswer(start);
}

// Ten bars, one a digit: how strongly the network says so.
function tellAnswer(start) {
  const svg = by(`answer-${start}`);
  const height = 120;
  const width = blank(svg, height);
  const { weights } = readers[start];
  const outputs = asked && weights ? answer(weights, asked) : new Float64Array(10);
  const [low, high] = [Math.min(0, ...outputs), Math.max(1e-9, ...outputs)];
  const y = straight(low, high, height - 20, 6);
  const best = outputs.indexOf(high);
  outputs.forEach((output, digit) => {
    const x = ((digit + 0.15) * width) / 10;
    add(svg, "rect", { x, width: (0.7 * width) / 10, y: Math.min(y(0), y(output)), height: Math.abs(y(output) - y(0)), class: `bar ${digit === best ? start : ""}` });
    add(svg, "text", { x: x + (0.35 * width) / 10, y: height - 4, "text-anchor": "middle", class: digit === best ? "strong" : "" }, String(digit));
  });
  by(`answered-${start}`).textContent = asked && weights ? fill(words().answers, { digit: best }) : words().waiting;
}

function ask(image) {
  asked = image;
  STARTS.forEach(tellAnswer);
}

function drawPad() {
  const context = by("pad").getContext("2d");
  const size = by("pad").width / PAD;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, by("pad").width, by("pad").height);
  context.fillStyle = "#14181c";
  for (const [place, full] of ink.entries()) if (full) context.fillRect((place % PAD) * size, Math.floor(place / PAD) * size, size, size);
}

// A pen as wide as the data set's.
function stroke(event) {
  const box = by("pad").getBoundingClientRect();
  const [column, row] = [((event.clientX - box.left) / box.width) * PAD, ((event.clientY - box.top) / box.height) * PAD];
  for (let place = 0; place < ink.length; place += 1) {
    if (Math.hypot((place % PAD) + 0.5 - column, Math.floor(place / PAD) + 0.5 - row) < 3.2) ink[place] = 1;
  }
  drawPad();
  ask(toDigit(ink, PAD, digits.mean, digits.deviation) ?? undefined);
}

function clearPad() {
  ink.fill(0);
  drawPad();
  ask(undefined);
}

by("pad").addEventListener("pointerdown", (event) => {
  by("pad").setPointerCapture(event.pointerId);
  stroke(event);
});
by("pad").addEventListener("pointermove", (event) => {
  if (!by("pad").hasPointerCapture(event.pointerId)) return;
  for (const one of event.getCoalescedEvents?.() ?? [event]) stroke(one);
});
by("digits-clear").addEventListener("click", clearPad);

// Ten test images to pick, one of each digit.
function showPicks() {
  const { images, labels } = problemOf("linear");
  const pixels = images.length / labels.length;
  const side = Math.sqrt(pixels);
  for (let digit = 0; digit < 10; digit += 1) {
    const place = labels.indexOf(String(digit));
    if (place < 0) continue;
    const image = images.slice(place * pixels, (place + 1) * pixels);
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", String(digit));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [side, side];
    const picture = canvas.getContext("2d").createImageData(side, side);
    const [low, high] = [Math.min(...image), Math.max(...image)];
    for (const [pixel, shade] of image.entries()) picture.data.set([...Array(3).fill(255 - (235 * (shade - low)) / (high - low)), 255], 4 * pixel);
    canvas.getContext("2d").putImageData(picture, 0, 0);
    button.append(canvas);
    button.addEventListener("click", () => {
      ink.fill(0);
      drawPad();
      by("pad").getContext("2d").imageSmoothingEnabled = false;
      by("pad").getContext("2d").drawImage(canvas, 0, 0, by("pad").width, by("pad").height);
      ask(image);
    });
    by("picks").append(button);
  }
}

// Test accuracy against the scale of N(0, 1), from the results; the chosen scale has a ring.
function drawScales() {
  const { scale, accuracy, low, high, others } = data.scale;
  const chart = frame(by("scale-chart"), { x: [scale[0] / 1.2, scale[scale.length - 1] * 1.2], xLabel: words().scale, yLabel: words().accuracy, height: 220 });
  const { y } = chart;
  curve(chart, scale, accuracy, { class: "normal" });
  scale.forEach((one, place) => {
    add(chart.group, "line", { x1: chart.x(one), x2: chart.x(one), y1: y(low[place]), y2: y(high[place]), class: "line normal" });
    add(chart.group, "circle", { cx: chart.x(one), cy: y(accuracy[place]), r: one === scaleNow() ? 7 : 3.5, class: one === scaleNow() ? "normal ring" : "normal dot" });
  });
  Object.entries(others).forEach(([name, share], place) => {
    add(chart.group, "line", { x1: chart.box.left, x2: chart.box.right, y1: y(share), y2: y(share), class: `line ${name} pale` });
    note(chart, chart.box.right - 4, y(share) + (place ? 30 : 15), labels(name), { class: name, "text-anchor": "end" });
  });
  by("digits-scale-value").textContent = scaleNow();
  by("digits-scale").setAttribute("aria-valuetext", scaleNow());
}

by("digits-learn").addEventListener("click", () => STARTS.forEach(learnDigits));
by("digits-scale").max = SCALES.length - 1;
by("digits-scale").value = SCALES.length - 1;
by("digits-scale").addEventListener("input", drawScales);
for (const id of ["digits-scale", "digits-centred"]) by(id).addEventListener("change", () => readers.linear.worker && learnDigits("normal"));
showPicks();
drawPad();
redraws.push(drawScales, () => STARTS.forEach(tellReader));
