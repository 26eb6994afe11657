// The network of the page, trained where it is read: in a Web Worker, in the page itself, or in node.
// Matrices are Float64Arrays, row by row, always: V8 is half as fast where types mix.
// A problem: batch, inputs, hidden, outputs; x (batch, inputs), y (batch, outputs), w1 (inputs, hidden), w2 (hidden, outputs).

// An array from { places, scale, data }: a whole number each in so many characters of base64, plus half their range.
function decode({ places, scale, data }) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return new Float64Array(data.length / places).map((_, i) => {
    let number = 0;
    for (let k = i * places; k < (i + 1) * places; k++) number = number * 64 + alphabet.indexOf(data[k]);
    return scale * (number - 64 ** places / 2);
  });
}

// A packed problem, with the weights of a start.
function unpack({ sizes, problem, linear }, start) {
  const arrays = Object.entries({ ...problem, ...(start === "linear" ? linear : {}) });
  return { ...sizes, ...Object.fromEntries(arrays.map(([name, array]) => [name, decode(array)])) };
}

function transpose(a, rows, columns) {
  const turned = new Float64Array(a.length);
  for (let row = 0, i = 0; row < rows; row++) for (let column = 0; column < columns; column++) turned[column * rows + row] = a[i++];
  return turned;
}

// The product of a (rows, inner) and b (inner, columns): for each row of a what is not 0, four numbers at once.
function multiply(a, b, rows, inner, columns) {
  const product = new Float64Array(rows * columns);
  const [factors, places] = [new Float64Array(inner + 3), new Int32Array(inner + 3)];
  for (let row = 0, to = 0; row < rows; row++, to += columns) {
    let count = 0;
    for (let k = 0; k < inner; k++) {
      const factor = a[row * inner + k];
      if (factor === 0) continue;
      factors[count] = factor;
      places[count++] = k * columns;
    }
    factors.fill(0, count);
    places.fill(0, count);
    for (let k = 0; k < count; k += 4) {
      const f0 = factors[k], f1 = factors[k + 1], f2 = factors[k + 2], f3 = factors[k + 3];
      const p0 = places[k], p1 = places[k + 1], p2 = places[k + 2], p3 = places[k + 3];
      for (let i = 0; i < columns; i++) product[to + i] += f0 * b[p0 + i] + f1 * b[p1 + i] + f2 * b[p2 + i] + f3 * b[p3 + i];
    }
  }
  return product;
}

const relu = (z) => Math.max(z, 0);
// What the weights { w1, w2, first? } predict for images (count, inputs): relu(images w1) w2, less what the first ones do.
function predict({ w1, w2, first }, images, count) {
  const inputs = images.length / count;
  const hidden = w1.length / inputs;
  const outputs = multiply(multiply(images, w1, count, inputs, hidden).map(relu), w2, count, hidden, w2.length / hidden);
  const initial = first && predict(first, images, count);
  return initial ? outputs.map((value, i) => value - initial[i]) : outputs;
}

// A network before its first epoch. w1 stays as it is: `z` is x w1, transposed (hidden, batch), and `a` (hidden, batch)
// what training has added, w1 = start.w1 + x^T a^T, so that z moves by a's step times `gram`, x x^T.
function makeNetwork({ batch, inputs, hidden, outputs, x, y, w1, w2, scale1 = 1, scale2 = 1, centred = false }) {
  const start = { w1: w1.map((weight) => weight * scale1), w2: w2.map((weight) => weight * scale2) };
  const initial = centred ? predict(start, x, batch) : new Float64Array(y.length);
  const z = transpose(multiply(x, start.w1, batch, inputs, hidden), batch, hidden);
  const weights = { z, a: z.map(() => 0), w2: start.w2.slice() };
  return {
    batch, inputs, hidden, outputs, x, start, centred, ...weights,
    target: transpose(y.map((value, i) => value + initial[i]), batch, outputs), // (outputs, batch)
    gram: multiply(x, transpose(x, batch, inputs), batch, inputs, batch),
    velocity: Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, array.map(() => 0)])),
  };
}

// The gradient by w2, a and z, from that by the predictions, u (outputs, batch); h, relu(z), is (hidden, batch).
function backward({ batch, hidden, outputs, gram, z, w2 }, h, u) {
  const byA = multiply(w2, u, hidden, outputs, batch);
  for (let i = 0; i < byA.length; i++) if (z[i] <= 0) byA[i] = 0;
  return { w2: multiply(h, transpose(u, outputs, batch), hidden, batch, outputs), a: byA, z: multiply(byA, gram, hidden, batch, batch) };
}

// One step down, as in torch.optim.SGD.
function descend(weights, velocity, gradient, { rate, momentum = 0, nesterov = true }) {
  for (let i = 0; i < weights.length; i++) {
    velocity[i] = momentum * velocity[i] + gradient[i];
    weights[i] -= rate * (nesterov ? gradient[i] + momentum * velocity[i] : velocity[i]);
  }
}

// One epoch, with { rate, momentum?, nesterov? }: the sum of squared errors before the update.
function step(network, update) {
  const { batch, hidden, outputs, z, w2, target } = network;
  const h = z.map(relu);
  const residual = multiply(transpose(w2, hidden, outputs), h, outputs, hidden, batch).map((value, i) => value - target[i]);
  const gradient = backward(network, h, residual.map((value) => 2 * value));
  for (const name of ["w2", "z", "a"]) descend(network[name], network.velocity[name], gradient[name], update);
  return residual.reduce((sum, value) => sum + value * value, 0);
}

// The weights now, as `predict` takes them.
function weights({ batch, inputs, hidden, x, start, a, w2, centred }) {
  const added = transpose(multiply(a, x, hidden, batch, inputs), hidden, inputs);
  return { w1: start.w1.map((weight, i) => weight + added[i]), w2: w2.slice(), first: centred ? start : undefined };
}

// J J^T u, with J the derivative of the predictions by the weights and u (outputs, batch).
function kernelTimes(network, u) {
  const { batch, hidden, outputs, z, w2 } = network;
  const h = z.map(relu);
  const gradient = backward(network, h, u);
  const product = (a, b) => multiply(transpose(a, hidden, outputs), b, outputs, hidden, batch);
  const byW1 = product(w2, gradient.z.map((value, i) => (z[i] > 0 ? value : 0)));
  return product(gradient.w2, h).map((value, i) => value + byW1[i]);
}

// The sharpness in its Gauss-Newton form: 2 J J^T's largest eigenvalue, by so many steps of Lanczos, after which a tridiagonal
// matrix has it too. (Power iteration takes thousands where eigenvalues are close.)
function sharpness(network, steps = 40) {
  const dot = (p, q) => p.reduce((sum, value, i) => sum + value * q[i], 0);
  const [diagonal, beside] = [[], []];
  let rest = network.target.map((_, i) => Math.sin(i + 1)); // any direction
  let vector = rest.map(() => 0);
  for (let k = 0; k < steps; k++) {
    const length = Math.sqrt(dot(rest, rest)) || 1; // 0 if no unit is on
    const before = vector;
    vector = rest.map((value) => value / length);
    const image = kernelTimes(network, vector);
    beside.push(k > 0 ? length : 0);
    diagonal.push(dot(image, vector));
    rest = image.map((value, i) => value - diagonal[k] * vector[i] - beside[k] * before[i]);
  }
  // By bisection: all pivots of (matrix - number) are negative above the largest eigenvalue.
  const pivot = (number, before, i) => diagonal[i] - number - beside[i] ** 2 / before;
  const isAbove = (number) => beside.reduce((last, _, i) => (last < 0 ? pivot(number, last, i) : last), -1) < 0;
  let [low, high] = [0, 2 * Math.max(...diagonal) + 2 * Math.max(...beside)];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    [low, high] = isAbove(middle) ? [low, middle] : [middle, high];
  }
  return 2 * high;
}

// Train a lane for so long, or to its end: a loss that is no number, or below `target`, or the last epoch.
function advance(lane, epochs, target, milliseconds) {
  const { network, changes = [] } = lane;
  const chunk = { lane: lane.index, from: lane.epoch, losses: [] };
  const end = performance.now() + milliseconds;
  for (; !lane.done && performance.now() < end; lane.epoch++) {
    const rate = changes.findLast(([from]) => from <= lane.epoch)?.[1] ?? lane.rate;
    const loss = step(network, { ...lane, rate });
    if (Number.isFinite(loss)) chunk.losses.push(loss);
    else chunk.divergedAt = lane.epoch;
    lane.done = !(loss >= target && loss < Infinity) || lane.epoch + 1 >= epochs;
  }
  return { ...chunk, done: lane.done, weights: lane.done ? weights(network) : undefined };
}

// Train lanes in turn, and yield what to post: losses, and in the end weights. A lane is a problem with its rate, or its rate's
// product with the sharpness, `times`; `changes` of the rate are [epoch, rate from there on] each.
function* train({ job, lanes, epochs, target = 0 }, milliseconds = 30) {
  let running = lanes.map((options, index) => {
    const network = makeNetwork(options);
    return { ...options, index, network, epoch: 0, done: false, rate: options.rate ?? options.times / sharpness(network) };
  });
  for (; running.length > 0; running = running.filter((lane) => !lane.done)) {
    for (const lane of running) yield { job, ...advance(lane, epochs, target, milliseconds) };
  }
}

// A drawing (side, side) of 0 and 1 prepared as scikit-learn's digits were: the ink in each 4 x 4 of 32 x 32 pixels, less
// the mean, by the deviation. All those digits are 32 pixels high and hardly one is wider than 24, so a wider one is made narrower (and
// one wider than three times its height does not fill it). null where nothing is drawn.
function toDigit(pixels, side, mean = 0, deviation = 1) {
  const inked = [...pixels.keys()].filter((i) => pixels[i]);
  if (inked.length === 0) return null;
  const [[top, bottom], [left, right]] = [(i) => Math.floor(i / side), (i) => i % side].map((place) => {
    const places = inked.map(place);
    return [Math.min(...places), Math.max(...places) + 1];
  });
  const rowScale = Math.max(bottom - top, (right - left) / 3) / 32;
  const columnScale = Math.max(rowScale, (right - left) / 24);
  const digit = new Float64Array(64);
  for (let i = 0; i < 32 * 32; i++) {
    const [row, column] = [Math.floor(i / 32), i % 32];
    const y = Math.floor((top + bottom) / 2 + (row - 15.5) * rowScale);
    const x = Math.floor((left + right) / 2 + (column - 15.5) * columnScale);
    if (y >= top && y < bottom && x >= left && x < right && pixels[y * side + x]) digit[(row >> 2) * 8 + (column >> 2)] += 1;
  }
  return digit.map((ink) => (ink - mean) / deviation);
}

// In a Worker: train as the newest message says; after each chunk it is heard whether there is a newer one.
if (typeof WorkerGlobalScope !== "undefined") {
  let newest;
  globalThis.onmessage = async ({ data }) => {
    newest = data;
    const pause = () => new Promise((resolve) => setTimeout(resolve));
    const work = train(data);
    for (await pause(); newest === data; await pause()) {
      const { value, done } = work.next();
      if (done) return;
      postMessage(value);
    }
  };
}
