// The study's charts: final losses by learning rate, the same in units of 1 / sharpness, and the curves of 2018.
function drawStudy(id, share) {
  const names = kinds.map((kind) => [`${labels(kind.start)}, ${labels(kind.optimizer)}`, look(kind)]);
  key(valleys(by(id), kinds, share, 420), names);
}

// Where 95 % of further seeds are expected, their median, and what was published.
function drawBand() {
  const [low, high] = range(data.band.flatMap((run) => [...run.low, ...run.high, ...run.median, ...run.published]));
  const chart = epochChart(by("band"), Math.max(...data.band.flatMap((run) => run.epochs)), [low / 3, high * 30], 420);
  for (const { run, epochs, median, published, ...ends } of data.band) {
    const at = (values) => epochs.map((epoch, place) => `${chart.x(epoch).toFixed(1)},${chart.y(values[place]).toFixed(1)}`);
    const outline = [...at(ends.low), ...at(ends.high).reverse()].join(" ");
    if (ends.low.every((loss) => loss > 0)) add(chart.group, "polygon", { points: outline, class: `band ${run}` });
    curve(chart, epochs, median, run);
    dots(chart, epochs, published, 3, `${run} published`);
  }
  key(chart, data.band.map(({ run }) => [words()[run], run]));
}

redraws.push(() => drawStudy("loss_by_rate", 0), () => drawStudy("loss_by_scaled_rate", 1));
if (data.band.length) redraws.push(drawBand);
redraw();
