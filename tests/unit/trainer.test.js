// The page's trainer by itself: node --test tests/unit/trainer.test.js
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const vm = require("node:vm");
const { Worker } = require("node:worker_threads");

const TEXT = readFileSync(path.join(__dirname, "../../src/kotohajime/templates/trainer.js"), "utf8");
const t = vm.runInThisContext(`(() => { ${TEXT}
  return { decode, makeNetwork, predict, step, toDigit, train, unpack, weights }; })()`);
const SIZES = { batch: 16, inputs: 12, hidden: 20, outputs: 3 };
const NESTEROV = { momentum: 0.8, nesterov: true };
const close = (a, b, tolerance = 1e-9) => assert.ok(Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-300), `${a} ${b}`);
const squares = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
// Any numbers of mean 0 and deviation 1; with another scale those of weights in nn.Linear's manner.
const numbers = (size, seed, scale = Math.SQRT2) => new Float64Array(size).map((_, i) => scale * Math.sin(seed * (i + 1) ** 2));
function problem(seed = 1, scale = Math.SQRT2) {
  const { batch, inputs, hidden, outputs } = SIZES;
  const [x, y] = [numbers(batch * inputs, seed), numbers(batch * outputs, seed + 1)];
  return { ...SIZES, x, y, w1: numbers(inputs * hidden, seed + 2, scale), w2: numbers(hidden * outputs, seed + 3, scale) };
}

test("numbers are decoded whatever their length", () => {
  assert.deepEqual([...t.decode({ places: 2, scale: 0.5, data: "AAgAgB//" })], [-1024, 0, 0.5, 1023.5]);
  assert.deepEqual([...t.decode({ places: 3, scale: 2, data: "gAAf//" })], [0, -2]);
});

test("a problem is unpacked with the weights of its start", () => {
  const pack = (data) => ({ places: 1, scale: 1, data });
  const packed = { sizes: SIZES, problem: { x: pack("gh"), w1: pack("g"), w2: pack("hh") }, linear: { w1: pack("i"), w2: pack("f") } };
  const [x, one, zero] = [new Float64Array([0, 1]), new Float64Array([0]), new Float64Array([1, 1])];
  assert.deepEqual(t.unpack(packed, "normal"), { ...SIZES, x, w1: one, w2: zero });
  assert.deepEqual(t.unpack(packed, "linear"), { ...SIZES, x, w1: new Float64Array([2]), w2: new Float64Array([-1]) });
});

test("the weights are those whose predictions the loss was computed from", () => {
  for (const update of [{}, NESTEROV, { momentum: 0.5, nesterov: false }]) {
    const network = t.makeNetwork({ ...problem(), scale1: 0.3, scale2: 0.5 });
    for (let epoch = 0; epoch < 50; epoch++) t.step(network, { rate: 1e-3, ...update });
    const predictions = t.predict(t.weights(network), network.x, SIZES.batch);
    close(t.step(network, { rate: 1e-3, ...update }), squares(predictions, problem().y));
  }
});

test("a step of gradient descent goes down the gradient", () => {
  const loss = ({ w1, w2 }) => t.step(t.makeNetwork({ ...problem(), w1, w2 }), { rate: 0 });
  const network = t.makeNetwork(problem());
  const before = t.weights(network);
  t.step(network, { rate: 1e-7 });
  const after = t.weights(network);
  for (const name of ["w1", "w2"]) {
    for (const i of [0, 7, 33, 59]) {
      const [up, down] = [1e-5, -1e-5].map((by) => loss({ ...before, [name]: before[name].with(i, before[name][i] + by) }));
      close((before[name][i] - after[name][i]) / 1e-7, (up - down) / 2e-5, 1e-4);
    }
  }
});

test("centred networks say 0 at first, and answer as they predict", () => {
  const network = t.makeNetwork({ ...problem(), centred: true });
  assert.ok(t.predict(t.weights(network), network.x, SIZES.batch).every((value) => value === 0));
  close(t.step(network, { rate: 1e-5 }), squares(problem().y, problem().y.map(() => 0)));
  const predictions = t.predict(t.weights(network), network.x, SIZES.batch);
  assert.ok(predictions.some((value) => value !== 0));
  const image = network.x.slice(0, SIZES.inputs);
  assert.deepEqual(t.predict(t.weights(network), image, 1), predictions.slice(0, SIZES.outputs));
});

test("rates may change", () => {
  const end = (lane) => [...t.train({ lanes: [{ ...problem(), ...lane }], epochs: 7 })].flatMap((chunk) => chunk.losses).at(-1);
  const network = t.makeNetwork(problem());
  const losses = [3, 2, 2, 2, 2, 1, 1].map((rate) => t.step(network, { rate: rate * 1e-5 }));
  assert.equal(end({ rate: 7e-5, changes: [[0, 3e-5], [1, 2e-5], [5, 1e-5]] }), losses.at(-1));
  assert.notEqual(end({ rate: 3e-5 }), losses.at(-1));
});

test("lanes are trained in turn, chunk by chunk, and end where they diverge", () => {
  const lanes = [{ rate: 1e-5 }, { rate: 1 }, { rate: 1e-3, ...NESTEROV }].map((lane, i) => ({ ...problem(2, i === 2 ? 0.3 : undefined), ...lane }));
  const chunks = [...t.train({ job: 5, lanes, epochs: 3000 }, 3)];
  assert.deepEqual(chunks.slice(0, 3).map((chunk) => chunk.lane), [0, 1, 2]);
  for (const lane of [0, 1, 2]) {
    const own = chunks.filter((chunk) => chunk.lane === lane);
    assert.ok(own.every((chunk, i) => chunk.job === 5 && (chunk.weights !== undefined) === chunk.done && chunk.done === (i === own.length - 1)));
    let from = 0;
    for (const chunk of own) {
      assert.equal(chunk.from, from);
      from += chunk.losses.length;
    }
    assert.equal(from, lane === 1 ? own.at(-1).divergedAt : 3000);
    assert.ok(own.every((chunk) => chunk.losses.every(Number.isFinite)));
  }
  const network = t.makeNetwork(lanes[2]);
  assert.equal(chunks.find((chunk) => chunk.lane === 2).losses[0], t.step(network, { rate: 0 }));
});

test("in a worker a newer message stops the older", async () => {
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
     globalThis.WorkerGlobalScope = Object;
     globalThis.postMessage = (message) => parentPort.postMessage(message);
     parentPort.on("message", (data) => onmessage({ data }));
     require("node:vm").runInThisContext(${JSON.stringify(TEXT)});`,
    { eval: true },
  );
  const jobs = [];
  const message = (job, epochs) => ({ job, lanes: [{ ...problem(), rate: 1e-5 }], epochs });
  await new Promise((resolve, reject) => {
    worker.on("error", reject);
    worker.on("message", (chunk) => {
      jobs.push(chunk.job);
      if (jobs.length === 2) for (let job = 2; job <= 9; job++) worker.postMessage(message(job, job === 9 ? 100 : 1e9));
      if (chunk.done) resolve();
    });
    worker.postMessage(message(1, 1e9));
  });
  await worker.terminate();
  assert.equal(jobs.at(-1), 9);
  assert.ok(jobs.length < 10, jobs.join(" "));
});

test("a drawing is cropped, made as large as a digit, centred and counted", () => {
  assert.equal(t.toDigit(new Float64Array(64 * 64), 64), null);
  const draw = (side, ink) => Float64Array.from({ length: side * side }, (_, i) => (ink(Math.floor(i / side), i % side) ? 1 : 0));
  const tall = (top, left, height) => (row, column) => row >= top && row < top + height && column >= left && column < left + height / 4;
  const digits = [[32, 0, 0, 32], [64, 20, 50, 32], [256, 17, 3, 200]].map(([side, ...place]) => [...t.toDigit(draw(side, tall(...place)), side)]);
  const expected = Array.from({ length: 64 }, (_, i) => ([3, 4].includes(i % 8) ? 16 : 0));
  for (const digit of digits) assert.deepEqual(digit, expected);
  const wide = [...t.toDigit(draw(64, (row, column) => row < 32 && column < 48), 64)];
  assert.deepEqual(wide, Array.from({ length: 64 }, (_, i) => ([0, 7].includes(i % 8) ? 0 : 16)));
  const dash = [...t.toDigit(draw(64, (row) => row < 4), 64)];
  assert.ok(dash.slice(0, 16).concat(dash.slice(48)).every((ink) => ink === 0) && dash[27] === 12);
  assert.deepEqual([...t.toDigit(draw(32, tall(0, 0, 32)), 32, 4, 2)], expected.map((ink) => (ink - 4) / 2));
});
