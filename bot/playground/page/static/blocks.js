// Blocks as nodes. https://docs.slack.dev/reference/block-kit/blocks

import { el, freshId, fragment, link, safeUrl } from "./dom.js";
import { chartBlock } from "./charts.js";
import { drawElement } from "./elements.js";
import { markdown } from "./markdown.js";
import { mrkdwn, plainText, textObject } from "./mrkdwn.js";
import { richText } from "./rich_text.js";
import { dataTable, table } from "./tables.js";

const text = (object, ctx, className = "text") => el("div", { class: className }, textObject(object, ctx));

// Pictures of other hosts are not fetched: nothing leaves this machine. Their words stand in for them.
function picture(image, className) {
  const url = String(image.image_url ?? image.slack_file?.url ?? "");
  const own = url.startsWith("data:image/") || (safeUrl(url) && new URL(url).origin === location.origin);
  if (own) return el("img", { class: className, src: url, alt: image.alt_text ?? "" });
  return el("span", { class: `${className} picture`, role: "img", "aria-label": image.alt_text || "Picture", title: image.alt_text }, el("span", { "aria-hidden": "true" }, "🖼"), el("span", { class: "picture-words" }, image.alt_text));
}

function section(block, ctx) {
  const accessory = block.accessory;
  const side = !accessory ? null : el("div", { class: "accessory" }, accessory.type === "image" ? picture(accessory, "thumb") : drawElement(block, accessory, ctx));
  return el("div", { class: "block section" },
    el("div", { class: "section-text" }, block.text ? text(block.text, ctx) : null,
      block.fields ? el("div", { class: "fields" }, block.fields.map((field) => text(field, ctx, "text field-text"))) : null),
    side);
}

const HEADERS = { 1: "level-1", 2: "level-2", 3: "level-3", 4: "level-4" };

function input(block, ctx) {
  const element = block.element ?? {};
  const label = plainText(block.label);
  const hintId = freshId("hint");
  const errorId = freshId("error");
  const words = block.optional ? [label, el("span", { class: "optional" }, " (optional)")] : label;
  const control = drawElement(block, element, { ...ctx, label: block.optional ? `${label} (optional)` : label });
  const error = ctx.errors?.[block.block_id];
  const field = control.matches?.("input,textarea,select,[role]") ? control : (control.querySelector?.("input,select,textarea,summary") ?? control);
  const described = [error ? errorId : "", block.hint ? hintId : ""].join(" ").trim();
  if (described) field.setAttribute?.("aria-describedby", described);
  if (error) field.setAttribute?.("aria-invalid", "true");
  const single = field === control && field.matches?.("input,textarea,select");
  if (single) field.id = freshId("field");
  return el("div", { class: `block input ${error ? "wrong" : ""}`, "data-block": block.block_id },
    single ? el("label", { class: "label", for: field.id }, words) : el("div", { class: "label", "aria-hidden": "true" }, words),
    control,
    error ? el("p", { class: "error", id: errorId, role: "alert" }, error) : null,
    block.hint ? el("p", { class: "hint", id: hintId }, plainText(block.hint)) : null);
}

function card(block, ctx) {
  return el("div", { class: "card" },
    block.hero_image ? picture(block.hero_image, "wide-picture") : null,
    el("div", { class: "card-words" },
      block.icon ? picture(block.icon, "thumb") : null,
      block.title ? text(block.title, ctx, "text card-title") : null,
      block.subtitle ? text(block.subtitle, ctx, "text muted") : null,
      block.body ? text(block.body, ctx) : null),
    block.actions ? el("div", { class: "actions" }, block.actions.map((one) => drawElement(block, one, ctx))) : null);
}

function container(block, ctx) {
  const title = block.rich_text_title ? richText(block.rich_text_title, ctx) : plainText(block.title);
  const inside = el("div", { class: "blocks" }, (block.child_blocks ?? []).map((child) => drawBlock(child, ctx)));
  if (!block.is_collapsible) return el("div", { class: "container" }, el("div", { class: "card-title" }, title), inside);
  return el("details", { class: "container", open: !block.default_collapsed }, el("summary", {}, title), inside);
}

const STATUS = { pending: "○", in_progress: "◐", complete: "●", error: "✕" };

function task(one, ctx) {
  return el("div", { class: "task" },
    el("p", {}, el("span", { role: "img", "aria-label": one.status ?? "pending" }, STATUS[one.status] ?? "○"), " ", el("strong", {}, plainText(one.title))),
    one.details ? richText(one.details, ctx) : null,
    one.output ? richText(one.output, ctx) : null,
    (one.sources ?? []).map((source) => el("p", {}, link(source.url, source.text))));
}

function unknown(block) {
  return el("details", { class: "block unknown", open: true }, el("summary", {}, `A block this page does not know: ${String(block?.type)}`), el("pre", {}, JSON.stringify(block, null, 2)));
}

const DRAWN = {
  section,
  input,
  card,
  container,
  header: (block, ctx) => el("p", { class: `block title ${HEADERS[block.level] ?? "level-2"}`, role: "heading", "aria-level": String(1 + Math.min(block.level ?? 1, 4)) }, textObject(block.text, ctx)),
  divider: () => el("hr", { class: "block" }),
  context: (block, ctx) => el("div", { class: "block context" }, (block.elements ?? []).map((one) => (one.type === "image" ? picture(one, "tiny") : text(one, ctx)))),
  actions: (block, ctx) => el("div", { class: "block actions" }, (block.elements ?? []).map((one) => drawElement(block, one, ctx))),
  context_actions: (block, ctx) => el("div", { class: "block actions" }, (block.elements ?? []).map((one) => drawElement(block, one, ctx))),
  image: (block) => el("figure", { class: "block image" }, block.title ? el("figcaption", {}, plainText(block.title)) : null, picture(block, "wide-picture")),
  rich_text: (block, ctx) => el("div", { class: "block text rich" }, richText(block, ctx)),
  markdown: (block) => el("div", { class: "block text markdown" }, markdown(block.text)),
  table: (block, ctx) => el("div", { class: "block" }, table(block, ctx)),
  data_table: (block, ctx) => el("div", { class: "block" }, dataTable(block, ctx)),
  data_visualization: (block) => el("div", { class: "block" }, chartBlock(block)),
  alert: (block, ctx) => el("div", { class: `block alert ${["info", "warning", "error", "success"].includes(block.level) ? block.level : "default"}`, role: "note" }, text(block.text, ctx)),
  carousel: (block, ctx) => el("div", { class: "block carousel", tabindex: "0", role: "region", "aria-label": "Cards" }, (block.elements ?? []).map((one) => card(one, ctx))),
  plan: (block, ctx) => el("div", { class: "block plan" }, el("p", { class: "card-title" }, plainText(block.title)), (block.tasks ?? []).map((one) => task(one, ctx))),
  task_card: (block, ctx) => el("div", { class: "block" }, task(block, ctx)),
  video: (block, ctx) => el("div", { class: "card" }, picture({ alt_text: block.alt_text }, "wide-picture"), el("div", { class: "card-words" }, link(block.title_url ?? block.video_url, plainText(block.title)), block.description ? text(block.description, ctx, "muted") : null)),
};

// A block that breaks the drawing is shown as it came, never dropped.
export function drawBlock(block, ctx) {
  const draw = Object.hasOwn(DRAWN, block?.type) ? DRAWN[block.type] : unknown;
  try {
    return draw(block, ctx);
  } catch (problem) {
    console.warn("not drawn", problem);
    return unknown(block);
  }
}

export function drawContent(message, ctx) {
  if (!message.blocks?.length) return el("div", { class: "text" }, mrkdwn(message.text, ctx));
  return fragment(message.blocks.map((block) => drawBlock(block, ctx)));
}
