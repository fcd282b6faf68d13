// Slack's own markup as nodes. https://docs.slack.dev/messaging/formatting-message-text

import { el, fragment, link, safeUrl } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { slackDate } from "./dates.js";

const entities = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const INLINE =
  /<([^<>\n]*)>|`([^`\n]+)`|\*([^\s*](?:[^*\n]*[^\s*])?)\*|_([^\s_](?:[^_\n]*[^\s_])?)_|~([^\s~](?:[^~\n]*[^\s~])?)~|:([a-z0-9_+-]+):|(https?:\/\/[^\s<>|*`]+)/g;
const WORD = /[\p{L}\p{N}]/u;

export function mention(sign, id, label, ctx) {
  const name = label || ctx.names[id] || id;
  return el("span", { class: id === ctx.me ? "mention me" : "mention" }, sign + name);
}

export function broadcast(name) {
  return el("span", { class: "mention ping" }, `@${name}`);
}

function token(content, ctx) {
  const bar = content.indexOf("|");
  const what = bar < 0 ? content : content.slice(0, bar);
  const label = bar < 0 ? "" : entities(content.slice(bar + 1));
  if (what.startsWith("@")) return mention("@", what.slice(1), label, ctx);
  if (what.startsWith("#")) return mention("#", what.slice(1), label, ctx);
  if (what.startsWith("!date^")) return dateToken(what, label, ctx);
  if (what.startsWith("!subteam^")) return broadcast(label.replace(/^@/, "") || what.slice(9));
  if (what.startsWith("!")) return broadcast(label.replace(/^@/, "") || what.slice(1));
  const url = entities(what);
  if (!safeUrl(url)) return `<${entities(content)}>`;
  return link(url, label || url.replace(/^mailto:/, ""));
}

function dateToken(what, fallback, ctx) {
  const [, seconds, format, url] = what.split("^");
  const shown = Number.isFinite(Number(seconds)) ? slackDate(Number(seconds), entities(format ?? ""), ctx.tz, ctx.now) : fallback;
  const node = el("time", { title: fallback || undefined }, shown || fallback);
  return url ? link(entities(url), node) : node;
}

// *bold* only where it does not begin or end inside a word.
function standsAlone(text, start, end) {
  return !(start > 0 && WORD.test(text[start - 1])) && !(end < text.length && WORD.test(text[end]));
}

function inline(text, ctx) {
  const out = [];
  let last = 0;
  INLINE.lastIndex = 0;
  const found = [...text.matchAll(INLINE)];
  for (const match of found) {
    const start = match.index;
    const end = start + match[0].length;
    if (start < last) continue;
    const node = piece(match, text, start, end, ctx);
    if (node === null) continue;
    out.push(entities(text.slice(last, start)), node);
    last = end;
  }
  out.push(entities(text.slice(last)));
  return out;
}

function piece(match, text, start, end, ctx) {
  const [, angle, code, bold, italic, strike, name, url] = match;
  if (angle !== undefined) return angle ? token(angle, ctx) : null;
  if (code !== undefined) return el("code", {}, entities(code));
  if (name !== undefined) return emoji(name) ?? null;
  if (url !== undefined) return ctx.verbatim ? null : link(entities(url), entities(url));
  if (!standsAlone(text, start, end)) return null;
  if (bold !== undefined) return el("strong", {}, inline(bold, ctx));
  if (italic !== undefined) return el("em", {}, inline(italic, ctx));
  return el("s", {}, inline(strike, ctx));
}

const QUOTE = /^(?:&gt;|>) ?/;

function lines(text, ctx) {
  const out = [];
  let plain = [];
  let quoted = [];
  const endPlain = () => {
    if (plain.length) out.push(fragment(inline(plain.join("\n"), ctx)));
    plain = [];
  };
  const endQuote = () => {
    if (quoted.length) out.push(el("blockquote", {}, inline(quoted.join("\n"), ctx)));
    quoted = [];
  };
  for (const line of text.split("\n")) {
    if (QUOTE.test(line)) {
      endPlain();
      quoted.push(line.replace(QUOTE, ""));
    } else {
      endQuote();
      plain.push(line);
    }
  }
  endPlain();
  endQuote();
  return out;
}

export function mrkdwn(text, ctx) {
  const parts = String(text).split("```");
  const out = [];
  parts.forEach((part, index) => {
    const isCode = index % 2 === 1 && index < parts.length - 1;
    if (isCode) out.push(el("pre", {}, entities(part.replace(/^\n|\n$/g, ""))));
    else if (index % 2 === 1) out.push(lines("```" + part, ctx));
    else if (part.replace(/^\n|\n$/g, "") || parts.length === 1) out.push(lines(index ? part.replace(/^\n/, "") : part, ctx));
  });
  return fragment(out);
}

// A text object: plain_text shows every sign as it is, save emoji.
export function textObject(object, ctx) {
  if (!object) return "";
  if (typeof object === "string") return object;
  if (object.type === "mrkdwn") return mrkdwn(object.text, { ...ctx, verbatim: object.verbatim });
  return object.emoji === false ? object.text : withEmoji(String(object.text));
}

export const plainText = (object) => (object ? withEmoji(String(object.text ?? object)) : "");
