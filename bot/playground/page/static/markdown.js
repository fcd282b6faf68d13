// The markdown block: ordinary Markdown. https://docs.slack.dev/reference/block-kit/blocks/markdown-block

import { el, fragment, link } from "./dom.js";
import { emoji } from "./emoji.js";

const INLINE =
  /`([^`\n]+)`|\*\*([^\s*](?:[^\n]*?[^\s*])?)\*\*|__([^\s_](?:[^\n]*?[^\s_])?)__|~~([^~\n]+)~~|\*([^\s*](?:[^*\n]*[^\s*])?)\*|\b_([^\s_](?:[^_\n]*[^\s_])?)_\b|!?\[([^\]\n]*)\]\(([^)\s]*)\)|:([a-z0-9_+-]+):|(https?:\/\/[^\s<>)]+)/g;

function inline(text) {
  const out = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index < last) continue;
    out.push(text.slice(last, match.index), piece(match));
    last = match.index + match[0].length;
  }
  out.push(text.slice(last));
  return out;
}

function piece([whole, code, bold, bold2, strike, italic, italic2, label, url, name, bare]) {
  if (code !== undefined) return el("code", {}, code);
  if (bold !== undefined || bold2 !== undefined) return el("strong", {}, inline(bold ?? bold2));
  if (strike !== undefined) return el("s", {}, inline(strike));
  if (italic !== undefined || italic2 !== undefined) return el("em", {}, inline(italic ?? italic2));
  if (label !== undefined) return link(url, label || url);
  if (name !== undefined) return emoji(name) ?? whole;
  return link(bare, bare);
}

const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const ITEM = /^\s*(?:([-*+])|(\d+)[.)])\s+(.*)$/;
const ROW = /^\s*\|(.*)\|\s*$/;
const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

export function markdown(text) {
  const lines = String(text).split("\n");
  const out = [];
  let at = 0;
  const gather = (fits) => {
    const taken = [];
    while (at < lines.length && fits(lines[at])) taken.push(lines[at++]);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at];
    if (line.trim() === "") at += 1;
    else if (line.startsWith("```")) {
      at += 1;
      const code = gather((one) => !one.startsWith("```"));
      at += 1;
      out.push(el("pre", {}, code.join("\n")));
    } else if (RULE.test(line)) {
      at += 1;
      out.push(el("hr"));
    } else if (HEADING.test(line)) {
      const [, marks, words] = HEADING.exec(line);
      at += 1;
      out.push(el("p", { class: `title level-${Math.min(marks.length, 4)}` }, inline(words)));
    } else if (line.startsWith(">")) {
      out.push(el("blockquote", {}, inline(gather((one) => one.startsWith(">")).map((one) => one.replace(/^>\s?/, "")).join("\n"))));
    } else if (ITEM.test(line)) {
      const ordered = ITEM.exec(line)[2] !== undefined;
      const items = gather((one) => ITEM.test(one) && (ITEM.exec(one)[2] !== undefined) === ordered);
      const start = ordered ? ITEM.exec(items[0])[2] : undefined;
      out.push(el(ordered ? "ol" : "ul", { start }, items.map((item) => el("li", {}, inline(ITEM.exec(item)[3])))));
    } else if (ROW.test(line)) {
      const rows = gather((one) => ROW.test(one)).map(cells);
      const body = rows.slice(1).filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
      out.push(
        el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Table" },
          el("table", {},
            el("thead", {}, el("tr", {}, rows[0].map((cell) => el("th", { scope: "col" }, inline(cell))))),
            el("tbody", {}, body.map((row) => el("tr", {}, row.map((cell) => el("td", {}, inline(cell)))))))),
      );
    } else {
      const plain = gather((one) => one.trim() && !one.startsWith("```") && !one.startsWith(">") && !HEADING.test(one) && !ITEM.test(one) && !ROW.test(one));
      if (plain.length) out.push(el("p", {}, inline(plain.join("\n"))));
      else out.push(el("p", {}, lines[at++]));
    }
  }
  return fragment(out);
}
