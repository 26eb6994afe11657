// Two networks learn digits in the page, and answer what the reader draws or picks.
const PAD = 32; // the drawing's pixels; a digit has 8 x 8
const SCALES = data.scale.scale; // of N(0, 1), those of the results
const TARGET = 0.01; // the squared error an output to be learned to
const { digits } = data;
const tests = decode(digits.tests); // (count, pixels)
const count = digits.labels.length;
const numbers = digits.sizes.batch * digits.sizes.outputs; // to be learned
const pixels = tests.length / count;
const readers = { normal: {}, linear: {} }; // `weights` when learned, and what to say: epochs, error, accuracy
const pad = by("pad").getContext("2d", { willReadFrequently: true });
let asked; // the image that both answer, as a network takes it
let picked = false; // whether that is a test image

const scaleNow = () => SCALES[Number(by("digits-scale").value)];
const best = (outputs) => outputs.indexOf(Math.max(...outputs));

function learnDigits(start) {
  const reader = readers[start];
  const scale = start === "normal" ? scaleNow() : 1;
  const centred = start === "normal" && by("digits-centred").checked;
  const lane = { ...unpack(digits, start), scale1: scale, scale2: scale, centred, times: 0.8, momentum: 0.8 };
  Object.assign(reader, { job: (reader.job ?? 0) + 1, weights: undefined, accuracy: undefined });
  reader.worker ??= startWorker(({ job, from, losses: some, weights }) => {
    if (job !== reader.job) return;
    Object.assign(reader, { epochs: from + some.length, error: some.at(-1) / numbers, weights });
    if (weights) reader.accuracy = accuracyOf(weights);
    tellReader(start);
  });
  reader.worker.postMessage({ job: reader.job, lanes: [lane], epochs: 20000, target: TARGET * numbers });
}

function accuracyOf(weights) {
  const outputs = predict(weights, tests, count);
  return [...digits.labels].filter((label, i) => best(outputs.subarray(10 * i, 10 * i + 10)) === Number(label)).length / count;
}

// What a reader has learned, and what it says to the image: ten bars, one a digit, the highest its answer.
function tellReader(start) {
  const { epochs, error, accuracy, weights } = readers[start];
  const known = { epoch: epochs, epochs, count, error: tell(error ?? 0, 2), share: `${(100 * accuracy).toFixed(0)} %` };
  const end = error < TARGET ? words().learned : words().unlearned;
  by(`learned-${start}`).textContent = epochs ? fill(weights ? end : words().learning, known) : "";
  const outputs = asked && weights ? predict(weights, asked, 1) : undefined;
  const height = straight(...(outputs ? [Math.min(...outputs), Math.max(...outputs)] : [0, 1]), 0, 100);
  for (const [digit, bar] of document.querySelectorAll(`#answer-${start} i`).entries()) {
    bar.style.height = `${outputs ? height(outputs[digit]) : 0}%`;
    bar.className = outputs && digit === best(outputs) ? start : "";
  }
  const answer = outputs ? fill(words().answers, { digit: best(outputs) }) : words().waiting;
  by(`answered-${start}`).textContent = weights ? answer : epochs ? "" : words().untrained;
}

function ask(image, one = false) {
  [asked, picked] = [image, one];
  STARTS.forEach(tellReader);
}

function clearPad() {
  pad.fillRect(0, 0, PAD, PAD);
  ask(undefined);
}

// Draw on to where the pointer is, and ask for what is there.
function stroke({ offsetX, offsetY }) {
  pad.lineTo((offsetX / by("pad").clientWidth) * PAD, (offsetY / by("pad").clientHeight) * PAD);
  pad.stroke();
  const { data: colours } = pad.getImageData(0, 0, PAD, PAD);
  const ink = Array.from({ length: PAD * PAD }, (_, pixel) => Number(colours[4 * pixel] < 128));
  ask(toDigit(ink, PAD, digits.mean, digits.deviation) ?? undefined);
}

// Test accuracy against the scale of N(0, 1), from the results; the chosen scale has a ring.
function drawScales() {
  const { scale, accuracy, low, high, others } = data.scale;
  const ends = [scale[0] / 1.2, scale.at(-1) * 1.2];
  const chart = frame(by("scale-chart"), { x: ends, xLabel: words().scale, yLabel: words().accuracy, height: 220 });
  const { x, y, box } = chart;
  curve(chart, scale, accuracy, "normal");
  const known = [...scale.keys()].filter((place) => low[place] !== null);
  for (const i of known) line(chart, [x(scale[i]), y(low[i])], [x(scale[i]), y(high[i])], "line normal");
  dots(chart, scale, accuracy, 3.5, "normal dot");
  dots(chart, [scaleNow()], [accuracy[scale.indexOf(scaleNow())]], 7, "normal ring");
  Object.entries(others).forEach(([name, share], place) => {
    line(chart, [box.left, y(share)], [box.right, y(share)], `line ${name} pale`);
    note(chart, box.right - 4, y(share) + (place ? 30 : 15), labels(name), { class: name, "text-anchor": "end" });
  });
  tellSlider("digits-scale", scaleNow());
}

Object.assign(pad, { fillStyle: "white", lineWidth: 6, lineCap: "round", lineJoin: "round", imageSmoothingEnabled: false });
by("pad").addEventListener("pointerdown", (event) => {
  by("pad").setPointerCapture(event.pointerId);
  if (picked) clearPad();
  pad.beginPath();
  stroke(event);
  stroke(event); // a tap is a dot
});
by("pad").addEventListener("pointermove", (event) => by("pad").hasPointerCapture(event.pointerId) && stroke(event));
by("digits-clear").addEventListener("click", clearPad);
for (const button of document.querySelectorAll("[data-pick]")) button.addEventListener("click", () => {
  const first = pixels * Number(button.dataset.pick);
  pad.drawImage(button.firstElementChild, 0, 0, PAD, PAD);
  ask(tests.slice(first, first + pixels), true);
});
by("digits-learn").addEventListener("click", () => STARTS.forEach(learnDigits));
by("digits-scale").addEventListener("input", drawScales);
for (const id of ["digits-scale", "digits-centred"]) {
  by(id).addEventListener("change", () => readers.linear.worker && learnDigits("normal"));
}
clearPad();
redraws.push(drawScales, () => STARTS.forEach(tellReader));
