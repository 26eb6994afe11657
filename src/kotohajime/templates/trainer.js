// The network of the page, trained where it is read: in a Web Worker, in the page itself, or in node.
// Matrices are Float64Arrays, row by row, always: V8 is half as fast where types mix.
// A problem: batch, inputs, hidden, outputs; x (batch, inputs), y (batch, outputs), w1 (inputs, hidden), w2 (hidden, outputs).

// An array from { shape, scale, data }: a whole number each in as many characters of base64 as fit, plus half their range.
function decode({ shape, scale, data }) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size = shape.reduce((p, q) => p * q);
  const places = data.length / size;
  return new Float64Array(size).map((_, i) => {
    let number = 0;
    for (let k = i * places; k < (i + 1) * places; k++) number = number * 64 + alphabet.indexOf(data[k]);
    return scale * (number - 64 ** places / 2);
  });
}

// A function that draws from U[0, 1): the generator Mulberry32.
function uniform(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

// The problem of a seed: N(0, 1) by Box and Muller; with `linear` the weights as nn.Linear draws them, the data the same.
function draw(seed, sizes, linear = false) {
  const { batch, inputs, hidden, outputs } = sizes;
  const next = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const make = (rows, columns, one = normal) => new Float64Array(rows * columns).map(one);
  const weights = (rows, columns) => make(rows, columns, linear ? () => (2 * next() - 1) / Math.sqrt(rows) : normal);
  return { ...sizes, x: make(batch, inputs), y: make(batch, outputs), w1: weights(inputs, hidden), w2: weights(hidden, outputs) };
}

function transpose(a, rows, columns) {
  return new Float64Array(a.length).map((_, i) => a[(i % rows) * columns + Math.floor(i / rows)]);
}

// The product of a (rows, inner) and b (inner, columns).
function multiply(a, b, rows, inner, columns) {
  const product = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[row * inner + k];
      const [to, from] = [row * columns, k * columns];
      if (factor !== 0) for (let column = 0; column < columns; column++) product[to + column] += factor * b[from + column];
    }
  }
  return product;
}

// What the weights { w1, w2, first? } predict for images (count, inputs): relu(images w1) w2, less what the first ones do.
function predict({ w1, w2, first }, images, count) {
  const inputs = images.length / count;
  const hidden = w1.length / inputs;
  const activations = multiply(images, w1, count, inputs, hidden).map((z) => Math.max(z, 0));
  const outputs = multiply(activations, w2, count, hidden, w2.length / hidden);
  if (!first) return outputs;
  const initial = predict(first, images, count);
  return outputs.map((value, i) => value - initial[i]);
}

// A network before its first epoch. w1 stays as it is: `z` is x w1, transposed (hidden, batch), and `a` (hidden, batch)
// what training has added, w1 = start.w1 + x^T a^T, so that z moves by a's step times `gram`, x x^T.
function makeNetwork({ batch, inputs, hidden, outputs, x, y, w1, w2, scale1 = 1, scale2 = 1, centred = false }) {
  const start = { w1: w1.map((weight) => weight * scale1), w2: w2.map((weight) => weight * scale2) };
  const initial = centred ? predict(start, x, batch) : new Float64Array(y.length);
  const zeros = (size) => new Float64Array(size);
  return {
    batch, inputs, hidden, outputs, x, start, centred,
    target: y.map((value, i) => value + initial[i]),
    gram: multiply(x, transpose(x, batch, inputs), batch, inputs, batch),
    z: transpose(multiply(x, start.w1, batch, inputs, hidden), batch, hidden),
    a: zeros(hidden * batch),
    w2: start.w2.slice(),
    velocity: { z: zeros(hidden * batch), a: zeros(hidden * batch), w2: zeros(hidden * outputs) },
    residual: zeros(batch * outputs),
    // Of one unit: the samples for which it is on, its values there, and the gradient there by them;
    rows: new Int32Array(batch + 3), values: zeros(batch + 3), byZ: zeros(batch + 3),
    // the gradient by its weights in w2, and by its z and a for all samples.
    byW2: zeros(outputs), zStep: zeros(batch), aStep: zeros(batch),
  };
}

// List the samples for which unit h is on in `rows`, and its values there, 0 after the last; return how many there are.
function listActive({ batch, z, rows, values }, h) {
  let count = 0;
  for (let b = 0, at = h * batch; b < batch; b++, at++) {
    if (z[at] <= 0) continue; // a NaN goes on, into the loss
    rows[count] = b;
    values[count++] = z[at];
  }
  for (let k = count; k < count + 3; k++) rows[k] = values[k] = 0;
  return count;
}

// Add what unit h says to the residuals.
function addUnit(network, h) {
  const { outputs, w2, rows, values, residual } = network;
  const count = listActive(network, h);
  for (let k = 0; k < count; k++) {
    const value = values[k];
    const to = rows[k] * outputs;
    for (let o = 0; o < outputs; o++) residual[to + o] += value * w2[h * outputs + o];
  }
}

// The sums for unit h of u (batch, outputs), four samples at once: `byZ` over the outputs, `byW2` over the samples.
function backward({ outputs, w2, rows, values, byZ, byW2 }, u, h, count) {
  byW2.fill(0);
  for (let k = 0; k < count; k += 4) {
    const v0 = values[k], v1 = values[k + 1], v2 = values[k + 2], v3 = values[k + 3];
    const u0 = rows[k] * outputs, u1 = rows[k + 1] * outputs, u2 = rows[k + 2] * outputs, u3 = rows[k + 3] * outputs;
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (let o = 0; o < outputs; o++) {
      const w = w2[h * outputs + o], a = u[u0 + o], b = u[u1 + o], c = u[u2 + o], d = u[u3 + o];
      s0 += a * w; s1 += b * w; s2 += c * w; s3 += d * w;
      byW2[o] += a * v0 + b * v1 + c * v2 + d * v3;
    }
    byZ[k] = s0; byZ[k + 1] = s1; byZ[k + 2] = s2; byZ[k + 3] = s3;
  }
  for (let k = count; k < count + 3; k++) byZ[k] = 0;
}

// zStep = x x^T byZ, from the active rows, four at once.
function spread({ gram, batch, rows, byZ, zStep }, count) {
  zStep.fill(0);
  for (let k = 0; k < count; k += 4) {
    const g0 = byZ[k], g1 = byZ[k + 1], g2 = byZ[k + 2], g3 = byZ[k + 3];
    const r0 = rows[k] * batch, r1 = rows[k + 1] * batch, r2 = rows[k + 2] * batch, r3 = rows[k + 3] * batch;
    for (let b = 0; b < batch; b++) zStep[b] += g0 * gram[r0 + b] + g1 * gram[r1 + b] + g2 * gram[r2 + b] + g3 * gram[r3 + b];
  }
}

// A unit's weights, from place `from` on, go one step down, as in torch.optim.SGD.
function descend(weights, velocity, from, gradient, { rate, momentum = 0, nesterov = true }) {
  for (let i = 0, at = from; i < gradient.length; i++, at++) {
    let step = gradient[i];
    if (momentum !== 0) {
      velocity[at] = momentum * velocity[at] + step;
      step = nesterov ? step + momentum * velocity[at] : velocity[at];
    }
    weights[at] -= rate * step;
  }
}

function updateUnit(network, h, update) {
  const { batch, outputs, z, a, w2, residual, byZ, byW2, zStep, aStep, rows, velocity } = network;
  const count = listActive(network, h);
  backward(network, residual, h, count);
  spread(network, count);
  aStep.fill(0);
  for (let k = 0; k < count; k++) aStep[rows[k]] = byZ[k];
  descend(w2, velocity.w2, h * outputs, byW2, update);
  descend(z, velocity.z, h * batch, zStep, update);
  descend(a, velocity.a, h * batch, aStep, update);
}

// One epoch, with { rate, momentum?, nesterov? }: the sum of squared errors before the update.
function step(network, update) {
  const { hidden, target, residual } = network;
  for (let i = 0; i < residual.length; i++) residual[i] = -target[i];
  for (let h = 0; h < hidden; h++) addUnit(network, h);
  let loss = 0;
  for (let i = 0; i < residual.length; i++) {
    loss += residual[i] * residual[i];
    residual[i] *= 2; // the loss's derivative by the prediction
  }
  for (let h = 0; h < hidden; h++) updateUnit(network, h, update);
  return loss;
}

// The weights now, as `predict` takes them.
function weights({ batch, inputs, hidden, x, start, a, w2, centred }) {
  const added = transpose(multiply(a, x, hidden, batch, inputs), hidden, inputs);
  return { w1: start.w1.map((weight, i) => weight + added[i]), w2: w2.slice(), first: centred ? start : undefined };
}

// J J^T u, with J the derivative of the predictions by the weights and u (batch, outputs).
function kernelTimes(network, u) {
  const { hidden, outputs, w2, rows, values, byW2, zStep } = network;
  const product = new Float64Array(u.length);
  for (let h = 0; h < hidden; h++) {
    const count = listActive(network, h);
    backward(network, u, h, count);
    spread(network, count);
    for (let k = 0; k < count; k++) {
      const [row, to] = [rows[k], rows[k] * outputs];
      for (let o = 0; o < outputs; o++) product[to + o] += zStep[row] * w2[h * outputs + o] + values[k] * byW2[o];
    }
  }
  return product;
}

// The sharpness in its Gauss-Newton form: 2 J J^T's largest eigenvalue, by so many steps of Lanczos: simple power iteration
// takes thousands where eigenvalues are close.
function sharpness(network, steps = 40) {
  const dot = (p, q) => p.reduce((sum, value, i) => sum + value * q[i], 0);
  const [diagonal, beside] = [[], []]; // of a tridiagonal matrix whose largest eigenvalue nears that of J J^T
  const next = uniform(0);
  let rest = network.residual.map(() => next() - 0.5);
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
  return 2 * largestEigenvalue(diagonal, beside);
}

// That of a symmetric tridiagonal matrix, by bisection: all pivots of (matrix - number) are negative above it.
function largestEigenvalue(diagonal, beside) {
  let [low, high] = [0, 2 * Math.max(...diagonal) + 2 * Math.max(...beside)];
  for (let k = 0; k < 60; k++) {
    const number = (low + high) / 2;
    let pivot = 1;
    const above = diagonal.every((value, i) => {
      pivot = value - number - beside[i] ** 2 / pivot;
      return pivot < 0;
    });
    [low, high] = above ? [low, number] : [number, high];
  }
  return high;
}

// Train one lane for so long, or to its end: a loss that is no number, or below `target`, or the last epoch.
function advance(one, epochs, target, milliseconds) {
  const { lane, network, momentum, nesterov, changes = [] } = one;
  const chunk = { lane, from: one.epoch, losses: [], done: false };
  const end = performance.now() + milliseconds;
  while (!chunk.done && performance.now() < end) {
    const rate = changes.findLast(([from]) => from <= one.epoch)?.[1] ?? one.rate;
    const loss = step(network, { rate, momentum, nesterov });
    if (Number.isFinite(loss)) chunk.losses.push(loss);
    else chunk.divergedAt = one.epoch;
    one.epoch += 1;
    chunk.done = !Number.isFinite(loss) || loss < target || one.epoch >= epochs;
  }
  if (chunk.done) chunk.weights = weights(network);
  return chunk;
}

// Train lanes in turn, and yield what to post: losses, and in the end weights. A lane is a problem with its rate, or its rate's
// product with the sharpness, `times`; `changes` of the rate are [epoch, rate from there on] each.
function* train({ job, lanes, epochs, target = 0 }, milliseconds = 30) {
  let running = lanes.map((options, lane) => {
    const network = makeNetwork(options);
    return { ...options, lane, network, epoch: 0, rate: options.rate ?? options.times / sharpness(network) };
  });
  while (running.length > 0) {
    for (const one of running) {
      const chunk = advance(one, epochs, target, milliseconds);
      if (chunk.done) running = running.filter((other) => other !== one);
      yield { job, ...chunk };
    }
  }
}

// Images as a network takes them, from `text`: a pixel each character, a number in base 17; the mean becomes 0, the deviation 1.
// biome-ignore lint/correctness/noUnusedVariables: the page asks it
function readImages({ text, mean, deviation }) {
  return Float64Array.from(text, (character) => (Number.parseInt(character, 17) - mean) / deviation);
}

// What a network is to say to images of these labels: (count, 10), of mean 0 and deviation 1.
// biome-ignore lint/correctness/noUnusedVariables: the page asks it
function targetsOf(labels) {
  return new Float64Array(10 * labels.length).map((_, i) => ((i % 10 === Number(labels[Math.floor(i / 10)]) ? 1 : 0) - 0.1) / 0.3);
}

// A drawing (side, side) of 0 and 1 prepared as scikit-learn's digits were: the ink in each 4 x 4 of 32 x 32 pixels, scaled as
// `readImages` does. All those digits are 32 pixels high and hardly one is wider than 24, so a wider one is made narrower (and
// one wider than three times its height does not fill it). null where nothing is drawn.
// biome-ignore lint/correctness/noUnusedVariables: the page asks it
function toDigit(pixels, side, mean = 0, deviation = 1) {
  let [top, bottom, left, right] = [side, 0, side, 0];
  pixels.forEach((ink, i) => {
    if (!ink) return;
    const [row, column] = [Math.floor(i / side), i % side];
    [top, bottom, left, right] = [Math.min(top, row), Math.max(bottom, row + 1), Math.min(left, column), Math.max(right, column + 1)];
  });
  if (bottom === 0) return null;
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

// In a Worker: train as the newest message says; it leaves off an older one, and is heard after each chunk.
if (typeof WorkerGlobalScope !== "undefined") {
  let timer;
  globalThis.onmessage = ({ data }) => {
    const work = train(data);
    const goOn = () => {
      const { value, done } = work.next();
      if (done) return;
      postMessage(value);
      timer = setTimeout(goOn, 0);
    };
    clearTimeout(timer);
    timer = setTimeout(goOn, 0);
  };
}
