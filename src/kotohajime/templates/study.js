// The study's charts: final losses by learning rate, the same in units of 1 / sharpness, and the curves of 2018.
function drawStudy(id, times, xLabel) {
  const losses = range(kinds.flatMap((kind) => [...kind.low, ...kind.final, ...kind.high]).filter((loss) => loss < 1e12));
  const [low, high] = range(kinds.flatMap((kind) => kind.rates.filter((_, i) => kind.final[i] > 0).map((rate) => rate * times(kind))));
  const axes = { x: [low / 1.5, high * 1.5], y: [losses[0] / 3, losses[1] * 30], xLabel, height: 420 };
  key(valleys(by(id), kinds, { times, ...axes }), kinds.map((kind) => [`${labels(kind.start)}, ${labels(kind.optimizer)}`, look(kind)]));
}

// Where 95 % of further seeds are expected, their median, and what was published.
function drawBand() {
  const rows = data.band.map((run) => withNumbers(run, ["low", "high", "median", "published"]));
  const [low, high] = range(rows.flatMap((run) => [...run.low, ...run.high, ...run.median, ...run.published]));
  const chart = epochChart(by("band"), Math.max(...rows.flatMap((run) => run.epochs)), [low / 3, high * 30], 420);
  for (const { run, epochs, median, published, ...ends } of rows) {
    const at = (values) => epochs.map((epoch, place) => `${chart.x(epoch).toFixed(1)},${chart.y(values[place]).toFixed(1)}`);
    const outline = [...at(ends.low), ...at(ends.high).reverse()].join(" ");
    if (ends.low.every((loss) => loss > 0)) add(chart.group, "polygon", { points: outline, class: `band ${run}` });
    curve(chart, epochs, median, run);
    dots(chart, epochs, published, 3, `${run} published`);
  }
  key(chart, rows.map(({ run }) => [words()[run], run]));
}

redraws.push(
  () => drawStudy("loss_by_rate", () => 1, words().rate),
  () => drawStudy("loss_by_scaled_rate", (kind) => kind.sharpness, words().times),
);
if (data.band.length) redraws.push(drawBand);
redraw();
