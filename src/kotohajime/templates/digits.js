// Two networks learn digits in the page, and answer what the reader draws or picks.
const PAD = 32; // the drawing's pixels; a digit has 8 x 8
const SCALES = data.scale.scale; // of N(0, 1), those of the results
const TARGET = 0.01; // the squared error an output to be learned to
const { digits } = data;
const [toLearn, toTest] = [digits.learn, digits.test].map(({ text, labels }) => ({ images: readImages({ ...digits, text }), labels }));
const count = toTest.labels.length;
const pixels = toTest.images.length / count;
const sizes = { batch: toLearn.labels.length, inputs: pixels, hidden: 128, outputs: 10 };
const readers = { normal: {}, linear: {} }; // `weights` when learned, and what to say: epochs, error, accuracy
const ink = new Uint8Array(PAD * PAD);
let asked; // the image that both answer, as a network takes it

const scaleNow = () => SCALES[Number(by("digits-scale").value)];
const best = (outputs) => outputs.indexOf(Math.max(...outputs));

function learnDigits(start) {
  const reader = readers[start];
  const scale = start === "normal" ? scaleNow() : 1;
  const rest = { scale1: scale, scale2: scale, centred: start === "normal" && by("digits-centred").checked, times: 0.8, momentum: 0.8 };
  const lane = { ...draw(SMALL_SEED, sizes, start === "linear"), x: toLearn.images, y: targetsOf(toLearn.labels), ...rest };
  Object.assign(reader, { job: (reader.job ?? 0) + 1, weights: undefined, accuracy: undefined });
  reader.worker ??= startWorker((message) => {
    if (message.job === reader.job) hear(reader, message);
    tellReader(start);
  });
  reader.worker.postMessage({ job: reader.job, lanes: [lane], epochs: 20000, target: TARGET * lane.y.length });
}

function hear(reader, { from, losses: some, weights }) {
  Object.assign(reader, { epochs: from + some.length, error: some.at(-1) / (sizes.batch * sizes.outputs), weights });
  if (!weights) return;
  const outputs = predict(weights, toTest.images, count);
  const right = [...toTest.labels].filter((label, i) => best(outputs.subarray(10 * i, 10 * i + 10)) === Number(label));
  reader.accuracy = right.length / count;
}

function tellReader(start) {
  const { epochs, error, accuracy } = readers[start];
  let text = epochs ? fill(words().learning, { epoch: epochs, error: tell(error, 2) }) : "";
  if (accuracy !== undefined) {
    text = fill(error < TARGET ? words().learned : words().unlearned, { share: `${(100 * accuracy).toFixed(0)} %`, count, epochs });
  }
  by(`learned-${start}`).textContent = text;
  tellAnswer(start);
}

// Ten bars, one a digit: how strongly the network says so.
function tellAnswer(start) {
  const [svg, height] = [by(`answer-${start}`), 120];
  const wide = blank(svg, height) / 10;
  const { weights } = readers[start];
  const outputs = asked && weights ? predict(weights, asked, 1) : new Float64Array(10);
  const y = straight(Math.min(0, ...outputs), Math.max(1e-9, ...outputs), height - 20, 6);
  const said = asked && weights ? best(outputs) : undefined;
  outputs.forEach((output, digit) => {
    const [top, bottom] = [y(Math.max(0, output)), y(Math.min(0, output))];
    const bar = { x: (digit + 0.15) * wide, width: 0.7 * wide, y: top, height: bottom - top };
    add(svg, "rect", { ...bar, class: `bar ${digit === said ? start : ""}` });
    const name = digit === said ? "strong" : "";
    add(svg, "text", { x: (digit + 0.5) * wide, y: height - 4, "text-anchor": "middle", class: name }, digit);
  });
  by(`answered-${start}`).textContent = weights ? (asked ? fill(words().answers, { digit: said }) : words().waiting) : words().untrained;
}

function ask(image) {
  asked = image;
  STARTS.forEach(tellAnswer);
}

// An image on the pad; the canvas has its pixels.
function show(side, shares) {
  by("pad").width = by("pad").height = side;
  paint(by("pad"), side, shares);
}

function clearPad() {
  ink.fill(0);
  show(PAD, ink);
  ask(undefined);
}

// A pen as wide as the data set's, at all places where the pointer has been since the last event.
function stroke(event) {
  const box = by("pad").getBoundingClientRect();
  const all = event.getCoalescedEvents?.() ?? [];
  for (const { clientX, clientY } of all.length > 0 ? all : [event]) {
    const [column, row] = [((clientX - box.left) / box.width) * PAD, ((clientY - box.top) / box.height) * PAD];
    for (let place = 0; place < ink.length; place += 1) {
      if (Math.hypot((place % PAD) + 0.5 - column, Math.floor(place / PAD) + 0.5 - row) < 3.2) ink[place] = 1;
    }
  }
  show(PAD, ink);
  ask(toDigit(ink, PAD, digits.mean, digits.deviation) ?? undefined);
}

// A test image to pick.
function showPick(image, digit) {
  const [button, canvas] = ["button", "canvas"].map((name) => document.createElement(name));
  const [side, low, high] = [Math.sqrt(pixels), Math.min(...image), Math.max(...image)];
  const shares = image.map((shade) => (shade - low) / (high - low));
  button.type = "button";
  button.setAttribute("aria-label", digit);
  button.append(canvas);
  button.addEventListener("click", () => {
    ink.fill(0);
    show(side, shares);
    ask(image);
  });
  [canvas.width, canvas.height] = [side, side];
  paint(canvas, side, shares);
  by("picks").append(button);
}

// Test accuracy against the scale of N(0, 1), from the results; the chosen scale has a ring.
function drawScales() {
  const { scale, accuracy, low, high, others } = data.scale;
  const axes = { x: [scale[0] / 1.2, scale.at(-1) * 1.2], xLabel: words().scale, yLabel: words().accuracy };
  const chart = frame(by("scale-chart"), { ...axes, height: 220 });
  const { x, y, box } = chart;
  curve(chart, scale, accuracy, "normal");
  for (const [place, one] of scale.entries()) if (low[place] !== null) line(chart, [x(one), y(low[place])], [x(one), y(high[place])], "line normal");
  dots(chart, scale, accuracy, 3.5, "normal dot");
  dots(chart, [scaleNow()], [accuracy[scale.indexOf(scaleNow())]], 7, "normal ring");
  Object.entries(others).forEach(([name, share], place) => {
    line(chart, [box.left, y(share)], [box.right, y(share)], `line ${name} pale`);
    note(chart, box.right - 4, y(share) + (place ? 30 : 15), labels(name), { class: name, "text-anchor": "end" });
  });
  tellSlider("digits-scale", scaleNow());
}

whileDown(by("pad"), stroke);
by("digits-clear").addEventListener("click", clearPad);
by("digits-learn").addEventListener("click", () => STARTS.forEach(learnDigits));
by("digits-scale").max = SCALES.length - 1;
by("digits-scale").value = SCALES.length - 1;
by("digits-scale").addEventListener("input", drawScales);
for (const id of ["digits-scale", "digits-centred"]) {
  by(id).addEventListener("change", () => readers.linear.worker && learnDigits("normal"));
}
for (let digit = 0; digit < 10; digit += 1) {
  const place = toTest.labels.indexOf(digit);
  if (place >= 0) showPick(toTest.images.slice(place * pixels, (place + 1) * pixels), digit);
}
clearPad();
redraws.push(drawScales, () => STARTS.forEach(tellReader));
