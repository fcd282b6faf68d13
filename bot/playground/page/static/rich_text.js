// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { el, fragment, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { slackDate } from "./dates.js";
import { broadcast, mention } from "./mrkdwn.js";

function styled(node, style = {}) {
  let out = node;
  if (style.code) out = el("code", {}, out);
  if (style.bold) out = el("strong", {}, out);
  if (style.italic) out = el("em", {}, out);
  if (style.strike) out = el("s", {}, out);
  if (style.underline) out = el("u", {}, out);
  if (style.highlight || style.client_highlight) out = el("mark", {}, out);
  return out;
}

function leaf(one, ctx) {
  switch (one.type) {
    case "text":
      return one.text;
    case "link":
      return link(one.url, one.text || one.url);
    case "user":
      return mention("@", one.user_id, "", ctx);
    case "channel":
      return mention("#", one.channel_id, "", ctx);
    case "usergroup":
      return broadcast(one.usergroup_id);
    case "team":
      return broadcast(one.team_id);
    case "broadcast":
      return broadcast(one.range);
    case "emoji":
      return emoji(String(one.name)) ?? `:${one.name}:`;
    case "date":
      return el("time", { title: one.fallback }, slackDate(Number(one.timestamp), String(one.format), ctx.tz, ctx.now));
    case "color": {
      const dot = el("span", { class: "swatch", "aria-hidden": "true" });
      if (/^#?[0-9a-f]{6}$/i.test(one.value)) dot.style.backgroundColor = one.value.startsWith("#") ? one.value : `#${one.value}`;
      return el("span", {}, dot, one.value);
    }
    default:
      return el("code", {}, JSON.stringify(one));
  }
}

const leaves = (elements, ctx) => (elements ?? []).map((one) => styled(leaf(one, ctx), one.style));

function part(one, ctx) {
  switch (one.type) {
    case "rich_text_section":
      return el("div", { class: "rich-line" }, leaves(one.elements, ctx));
    case "rich_text_preformatted":
      return el("pre", {}, leaves(one.elements, ctx));
    case "rich_text_quote":
      return el("blockquote", {}, leaves(one.elements, ctx));
    case "rich_text_list": {
      const ordered = one.style === "ordered";
      const list = el(ordered ? "ol" : "ul", { start: ordered && one.offset ? one.offset + 1 : undefined, class: `indent-${Math.min(one.indent ?? 0, 8)}` });
      for (const item of one.elements ?? []) list.append(el("li", {}, leaves(item.elements, ctx)));
      return list;
    }
    default:
      return el("pre", {}, JSON.stringify(one, null, 2));
  }
}

export const richText = (block, ctx) => fragment((block.elements ?? []).map((one) => part(one, ctx)));
