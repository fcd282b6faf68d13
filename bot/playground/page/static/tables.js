// table: as it is. data_table: sorted by its heads, a page at a time.

import { el } from "./dom.js";
import { richText } from "./rich_text.js";

function content(cell, ctx) {
  if (!cell) return "";
  if (cell.type === "rich_text") return richText(cell, ctx);
  if (cell.type === "raw_number") return cell.text ?? String(cell.value);
  return cell.text ?? "";
}

const region = (label, ...children) => el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": label }, ...children);

export function table(block, ctx) {
  const settings = block.column_settings ?? [];
  const look = (index) => [settings[index]?.align ? `to-${settings[index].align}` : "", settings[index]?.is_wrapped ? "wrapped" : ""].join(" ").trim() || undefined;
  const [head = [], ...rows] = block.rows ?? [];
  return region(
    "Table",
    el("table", {},
      el("thead", {}, el("tr", {}, head.map((cell, index) => el("th", { scope: "col", class: look(index) }, content(cell, ctx))))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, index) => el("td", { class: look(index) }, content(cell, ctx))))))),
  );
}

const sortKey = (cell) => (cell?.type === "raw_number" ? cell.value : (cell?.text ?? JSON.stringify(cell?.elements ?? "")));

export function dataTable(block, ctx) {
  const [head = [], ...rows] = block.rows ?? [];
  const size = block.page_size ?? 5;
  const titled = block.row_header_column_index ?? 0;
  let sorted = rows;
  let page = 0;
  let by = null;
  const body = el("tbody");
  const foot = el("p", { class: "pages" });
  const heads = head.map((cell, index) => {
    const button = el("button", { type: "button", class: "sort", onclick: () => sortBy(index) }, content(cell, ctx));
    return el("th", { scope: "col", "aria-sort": "none", class: rows[0]?.[index]?.type === "raw_number" ? "to-right" : undefined }, button);
  });

  function sortBy(index) {
    by = by && by.index === index ? { index, down: !by.down } : { index, down: false };
    const sign = by.down ? -1 : 1;
    sorted = [...rows].sort((a, b) => {
      const [x, y] = [sortKey(a[index]), sortKey(b[index])];
      return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
    });
    heads.forEach((node, n) => node.setAttribute("aria-sort", n !== index ? "none" : by.down ? "descending" : "ascending"));
    page = 0;
    draw();
  }

  function draw() {
    const shown = sorted.slice(page * size, (page + 1) * size);
    body.replaceChildren(
      ...shown.map((row) =>
        el("tr", {}, row.map((cell, index) => {
          const attributes = { class: cell?.type === "raw_number" ? "to-right" : undefined };
          return index === titled ? el("th", { scope: "row", ...attributes }, content(cell, ctx)) : el("td", attributes, content(cell, ctx));
        }))),
    );
    const pages = Math.ceil(sorted.length / size);
    if (pages < 2) return foot.replaceChildren();
    const turn = (step, label, sign) =>
      el("button", { type: "button", class: "quiet", "aria-label": label, disabled: page + step < 0 || page + step >= pages, onclick: () => ((page += step), draw()) }, sign);
    return foot.replaceChildren(turn(-1, "Previous rows", "‹"), `${page * size + 1}–${page * size + shown.length} of ${sorted.length}`, turn(1, "Next rows", "›"));
  }

  draw();
  return el("div", { class: "data-table" }, region(block.caption, el("table", {}, el("caption", {}, block.caption), el("thead", {}, el("tr", {}, heads)), body)), foot);
}
