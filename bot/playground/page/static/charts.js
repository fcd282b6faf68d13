// https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block: drawn as SVG, the same numbers beside it as a table.

import { el, svg } from "./dom.js";

const HEIGHT = 240;
const RIGHT = 12;
const SIGN = 7; // the width of a digit, near enough

const nice = (value) => (Math.abs(value) >= 1000 ? value.toLocaleString("en-GB", { maximumFractionDigits: 0 }) : String(Math.round(value * 100) / 100));

// Round steps that hold all values, zero among them.
export function scale(values, count = 4) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? 10 * power;
  const first = Math.floor(low / step) * step;
  const last = Math.ceil(high / step) * step;
  const ticks = [];
  for (let tick = first; tick <= last + step / 2; tick += step) ticks.push(Math.abs(tick) < step / 1e6 ? 0 : tick);
  return { low: first, high: ticks[ticks.length - 1] || step, ticks };
}

const text = (x, y, words, attributes = {}) => svg("text", { x, y, ...attributes }, words);

function axes(chart, place, { ticks }, yOf, xOf, categories) {
  const nodes = ticks.map((tick) => [
    svg("line", { class: tick === 0 ? "axis" : "grid", x1: place.left, x2: place.right, y1: yOf(tick), y2: yOf(tick) }),
    text(place.left - 8, yOf(tick) + 4, nice(tick), { "text-anchor": "end" }),
  ]);
  const longest = Math.max(...categories.map((name) => name.length), 1);
  const every = Math.max(1, Math.ceil(((longest + 2) * SIGN) / ((place.right - place.left) / Math.max(1, categories.length))));
  categories.forEach((name, index) => {
    if (index % every === 0) nodes.push(text(xOf(index), place.bottom + 17, name, { "text-anchor": "middle" }));
  });
  const { x_label: x, y_label: y } = chart.axis_config ?? {};
  if (x) nodes.push(text((place.left + place.right) / 2, HEIGHT - 4, x, { "text-anchor": "middle", class: "axis-label" }));
  if (y) nodes.push(text(2, 11, y, { class: "axis-label" }));
  return nodes;
}

function cartesian(chart, width) {
  const categories = (chart.axis_config?.categories ?? []).map(String);
  const series = (chart.series ?? []).map((one) => ({
    name: one.name,
    values: categories.map((name) => Number(one.data.find((point) => String(point.label) === name)?.value ?? NaN)),
  }));
  const all = series.flatMap((one) => one.values).filter(Number.isFinite);
  const measure = scale(all.length ? all : [0, 1]);
  const { x_label: x, y_label: y } = chart.axis_config ?? {};
  const left = Math.max(...measure.ticks.map((tick) => nice(tick).length)) * SIGN + 16;
  const place = { left, right: width - RIGHT, top: y ? 28 : 12, bottom: HEIGHT - (x ? 44 : 26) };
  const yOf = (value) => place.top + ((measure.high - value) / (measure.high - measure.low)) * (place.bottom - place.top);
  const band = (place.right - place.left) / Math.max(1, categories.length);
  const xOf = (index) => place.left + band * (index + 0.5);
  const marks = series.map((one, nth) => (chart.type === "bar" ? bars(one, nth, series.length, band, xOf, yOf) : lines(one, nth, chart.type, xOf, yOf)));
  return [axes(chart, place, measure, yOf, xOf, categories), marks];
}

function bars(one, nth, count, band, xOf, yOf) {
  const width = Math.min(36, (band * 0.7) / count);
  return one.values.map((value, index) => {
    if (!Number.isFinite(value)) return null;
    const [top, bottom] = [yOf(Math.max(0, value)), yOf(Math.min(0, value))];
    const x = xOf(index) + (nth - count / 2) * width;
    return svg("rect", { class: `mark s${nth % 6}`, x, y: top, width: Math.max(1, width - 2), height: Math.max(1, bottom - top), rx: 2 }, svg("title", {}, `${one.name}: ${value}`));
  });
}

function lines(one, nth, type, xOf, yOf) {
  const points = one.values.map((value, index) => [xOf(index), yOf(value), value]).filter(([, , value]) => Number.isFinite(value));
  if (!points.length) return null;
  const path = points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
  const floor = yOf(0).toFixed(1);
  return [
    type === "area" ? svg("path", { class: `area s${nth % 6}`, d: `${path}L${points.at(-1)[0].toFixed(1)},${floor}L${points[0][0].toFixed(1)},${floor}Z` }) : null,
    svg("path", { class: `line s${nth % 6} dash${nth % 3}`, d: path }),
    points.map(([x, y, value]) => svg("circle", { class: `dot s${nth % 6}`, cx: x, cy: y, r: 3.5 }, svg("title", {}, `${one.name}: ${value}`))),
  ];
}

function pie(chart, width) {
  const segments = (chart.segments ?? []).filter((one) => one.value > 0);
  const total = segments.reduce((sum, one) => sum + one.value, 0);
  const [cx, cy, radius] = [width / 2, HEIGHT / 2, Math.min(width, HEIGHT) / 2 - 10];
  let angle = -Math.PI / 2;
  return segments.map((one, nth) => {
    const turn = (one.value / total) * 2 * Math.PI;
    const at = (where) => `${(cx + radius * Math.cos(where)).toFixed(2)},${(cy + radius * Math.sin(where)).toFixed(2)}`;
    const d =
      segments.length === 1
        ? `M${cx - radius},${cy}a${radius},${radius} 0 1 0 ${radius * 2},0a${radius},${radius} 0 1 0 ${-radius * 2},0Z`
        : `M${cx},${cy}L${at(angle)}A${radius},${radius} 0 ${turn > Math.PI ? 1 : 0} 1 ${at(angle + turn)}Z`;
    angle += turn;
    return svg("path", { class: `mark slice s${nth % 6}`, d }, svg("title", {}, `${one.label}: ${one.value}`));
  });
}

function numbers(block) {
  const { chart } = block;
  const row = (cells, tag = "td") => el("tr", {}, cells.map((cell, index) => el(index === 0 ? "th" : tag, { scope: index === 0 ? "row" : undefined }, String(cell ?? ""))));
  if (chart.type === "pie") {
    const total = chart.segments.reduce((sum, one) => sum + one.value, 0);
    return el("table", {}, el("tbody", {}, chart.segments.map((one) => row([one.label, one.value, `${Math.round((one.value / total) * 100)} %`]))));
  }
  const categories = chart.axis_config?.categories ?? [];
  const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, chart.axis_config?.x_label || "Series"), categories.map((name) => el("th", { scope: "col" }, name))));
  const value = (one, name) => one.data.find((point) => point.label === name)?.value;
  return el("table", {}, head, el("tbody", {}, chart.series.map((one) => row([one.name, ...categories.map((name) => value(one, name))]))));
}

export function chartBlock(block) {
  const { chart } = block;
  const isPie = chart.type === "pie";
  const total = isPie ? chart.segments.reduce((sum, one) => sum + one.value, 0) : 0;
  const names = isPie ? chart.segments.map((one) => `${one.label} ${Math.round((one.value / total) * 100)} %`) : chart.series.map((one) => one.name);
  const legend = names.map((name, nth) => el("li", {}, el("span", { class: `key s${nth % 6}`, "aria-hidden": "true" }), name));
  const box = el("div", { class: "chart-box" });
  let drawn = 0;
  const draw = (width) => {
    drawn = width;
    box.replaceChildren(svg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": `${block.title}, ${chart.type} chart` }, isPie ? pie(chart, width) : cartesian(chart, width)));
  };
  draw(540);
  new ResizeObserver(([entry]) => {
    const width = Math.round(entry.contentRect.width);
    if (width > 60 && width !== drawn) draw(width);
  }).observe(box);
  const wide = el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": `Numbers of ${block.title}` }, numbers(block));
  return el("figure", { class: "chart" }, el("figcaption", {}, block.title), box, el("ul", { class: "legend" }, legend), el("details", {}, el("summary", {}, "Numbers"), wide));
}
