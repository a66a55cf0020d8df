// Custom series that ECharts lacks. Options name them by string (renderItem: "whisker"), so an option stays plain JSON.

// A confidence interval on a horizontal bar. Data: [low, high, category index].
export function whisker(params, api) {
  const low = api.coord([api.value(0), api.value(2)]);
  const high = api.coord([api.value(1), api.value(2)]);
  const half = Math.min(6, Math.abs(api.size([0, 1])[1]) * 0.18);
  const style = { stroke: params.itemPayload.colour, lineWidth: 1.5, fill: "none" };
  const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
  return {
    type: "group",
    silent: true,
    children: [
      line(low[0], low[1], high[0], high[1]),
      line(low[0], low[1] - half, low[0], low[1] + half),
      line(high[0], high[1] - half, high[0], high[1] + half),
    ],
  };
}

// The area between two curves, drawn once. itemPayload.points: [[x, low, high], …], x being a category index.
export function band(params, api) {
  const points = params.itemPayload.points;
  const upper = points.map(([x, , high]) => api.coord([x, high]));
  const lower = points.map(([x, low]) => api.coord([x, low])).reverse();
  const style = { fill: params.itemPayload.colour, opacity: 0.16 };
  if (points.length === 1) {
    return {
      type: "line",
      silent: true,
      shape: { x1: upper[0][0], y1: upper[0][1], x2: lower[0][0], y2: lower[0][1] },
      style: { stroke: params.itemPayload.colour, lineWidth: 6, opacity: 0.3 },
    };
  }
  return { type: "polygon", silent: true, shape: { points: upper.concat(lower) }, style };
}

// A floating horizontal bar with a line on to the next row. Data: [from, to, category index, is last].
export function span(params, api) {
  const from = api.coord([api.value(0), api.value(2)]);
  const to = api.coord([api.value(1), api.value(2)]);
  const row = Math.abs(api.size([0, 1])[1]);
  const height = Math.min(24, row * 0.6);
  const bar = {
    type: "rect",
    shape: {
      x: Math.min(from[0], to[0]),
      y: to[1] - height / 2,
      width: Math.max(1.5, Math.abs(to[0] - from[0])),
      height,
    },
    style: { fill: api.visual("color"), decal: api.visual("decal") },
  };
  if (api.value(3)) return bar;
  const link = {
    type: "line",
    silent: true,
    shape: { x1: to[0], y1: to[1] + height / 2, x2: to[0], y2: to[1] + row - height / 2 },
    style: { stroke: "#8a94a3", lineWidth: 1, lineDash: [3, 3] },
  };
  return { type: "group", children: [bar, link] };
}
