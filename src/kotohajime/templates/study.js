// The study's charts: final losses by learning rate, the same in units of 1 / sharpness, and the curves of 2018.
function drawStudy() {
  const losses = range(kinds.flatMap((kind) => [...kind.low, ...kind.high.filter((loss) => loss < 1e12)]));
  const entries = kinds.map((kind) => [`${labels(kind.start)}, ${labels(kind.optimizer)}`, `${kind.start} ${kind.optimizer}`]);
  for (const [id, times, xLabel] of [["loss_by_rate", () => 1, words().rate], ["loss_by_scaled_rate", (kind) => kind.sharpness, words().times]]) {
    const [low, high] = range(kinds.flatMap((kind) => kind.rates.filter((_, place) => kind.final[place] > 0).map((rate) => rate * times(kind))));
    const chart = valleys(by(id), kinds, { times, x: [low / 1.5, high * 1.5], y: [losses[0] / 3, losses[1] * 30], xLabel, height: 420 });
    key(chart, entries);
  }
  if (data.band.length) drawBand();
}

// Where 95 % of further seeds are expected, their median, and what was published.
function drawBand() {
  const rows = data.band.map((run) => ({ ...run, low: numbers(run.low), high: numbers(run.high), median: numbers(run.median), published: numbers(run.published) }));
  const [low, high] = range(rows.flatMap((run) => [...run.low, ...run.high]));
  const last = Math.max(...rows.flatMap((run) => run.epochs));
  const chart = frame(by("band"), { x: [0, last], y: [low / 3, high * 30], xLabel: words().epoch, yLabel: words().loss, height: 420, epochs: true });
  for (const { run, epochs, median, published, ...ends } of rows) {
    const at = (values) => epochs.map((epoch, place) => `${chart.x(epoch).toFixed(1)},${chart.y(values[place]).toFixed(1)}`);
    if (ends.low.every((loss) => loss > 0)) add(chart.group, "polygon", { points: [...at(ends.low), ...at(ends.high).reverse()].join(" "), class: `band ${run}` });
    curve(chart, epochs, median, { class: run });
    for (const [place, epoch] of epochs.entries()) add(chart.group, "circle", { cx: chart.x(epoch), cy: chart.y(published[place]), r: 3, class: `${run} published` });
  }
  key(chart, rows.map(({ run }) => [words()[run], run]));
}

document.addEventListener("language", drawStudy);
window.addEventListener("resize", drawStudy);
drawStudy();
