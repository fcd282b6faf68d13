// What a person can touch. https://docs.slack.dev/reference/block-kit/block-elements
//
// ctx.state(block, element) tells what is chosen; ctx.touch(block, element, value) tells that it was touched.

import { byId, el, freshId, safeUrl } from "./dom.js";
import { fromLocal, toLocal } from "./dates.js";
import { plainText, textObject } from "./mrkdwn.js";

const optionsOf = (element) => [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];

// Asks before it acts; answers whether to go on. https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
export function confirmed(element, ctx) {
  const asked = element.confirm;
  if (!asked) return Promise.resolve(true);
  const dialog = byId("confirm");
  return new Promise((resolve) => {
    dialog.replaceChildren(
      el("form", { method: "dialog" },
        el("div", { class: "sheet-head" }, el("h2", { id: "confirm-title" }, plainText(asked.title))),
        el("div", { class: "sheet-body" }, el("div", { class: "text" }, textObject(asked.text, ctx))),
        el("div", { class: "sheet-foot" },
          el("button", { type: "submit", value: "no" }, plainText(asked.deny)),
          el("button", { type: "submit", value: "yes", class: asked.style === "danger" ? "danger" : "primary" }, plainText(asked.confirm)))),
    );
    dialog.returnValue = "no";
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
    dialog.showModal();
  });
}

async function act(node, block, element, ctx, value) {
  if (!(await confirmed(element, ctx))) return false;
  node.setAttribute("aria-busy", "true");
  try {
    await ctx.touch(block, element, value);
  } finally {
    node.removeAttribute("aria-busy");
  }
  return true;
}

function button(block, element, ctx) {
  const attributes = {
    class: `btn ${["primary", "danger"].includes(element.style) ? element.style : ""}`.trim(),
    "aria-label": element.accessibility_label,
    title: element.accessibility_label,
    "data-action": element.action_id,
  };
  const label = plainText(element.text);
  const href = element.url ? safeUrl(element.url) : null;
  const press = (event) => act(event.currentTarget, block, element, ctx);
  if (href) return el("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer", onclick: press }, label, el("span", { "aria-hidden": "true" }, " ↗"));
  return el("button", { type: "button", ...attributes, onclick: press }, label);
}

function overflow(block, element, ctx) {
  const id = freshId("menu");
  const menu = el("div", { class: "menu", role: "menu", id, hidden: true });
  const opener = el("button", {
    type: "button", class: "btn square", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": id, "aria-label": "More", "data-action": element.action_id,
    onclick: () => toggle(menu.hidden),
  }, "⋯");
  const toggle = (open) => {
    menu.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) menu.querySelector("[role=menuitem]")?.focus();
  };
  for (const option of element.options ?? []) {
    const href = option.url ? safeUrl(option.url) : null;
    const choose = () => {
      toggle(false);
      opener.focus();
      act(opener, block, element, ctx, option.value);
    };
    const words = [plainText(option.text), option.description ? el("small", {}, plainText(option.description)) : null];
    menu.append(el(href ? "a" : "button", { type: href ? undefined : "button", href, target: href ? "_blank" : undefined, rel: href ? "noopener noreferrer" : undefined, role: "menuitem", tabindex: "-1", onclick: choose }, words));
  }
  const holder = el("span", { class: "holder" }, opener, menu);
  holder.addEventListener("keydown", (event) => {
    const items = [...menu.querySelectorAll("[role=menuitem]")];
    const at = items.indexOf(document.activeElement);
    if (event.key === "Escape" && !menu.hidden) {
      event.stopPropagation();
      event.preventDefault();
      toggle(false);
      opener.focus();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && !menu.hidden) {
      event.preventDefault();
      items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
    }
  });
  holder.addEventListener("focusout", (event) => {
    if (!holder.contains(event.relatedTarget)) toggle(false);
  });
  return holder;
}

// One of several, in a native menu.
function select(block, element, ctx, choices, chosen) {
  const placeholder = plainText(element.placeholder) || "Choose";
  const node = el("select", { "aria-label": ctx.label ?? placeholder, "data-action": element.action_id },
    el("option", { value: "" }, placeholder),
    choices.map((group) => (group.label ? el("optgroup", { label: group.label }, group.options.map(item)) : group.options.map(item))));
  function item(option) {
    return el("option", { value: option.value, selected: option.value === chosen }, option.text);
  }
  let before = node.value;
  node.addEventListener("change", async () => {
    const done = await act(node, block, element, ctx, node.value || null);
    if (done) before = node.value;
    else node.value = before;
  });
  return node;
}

// Several of several: a list of boxes behind a button.
function multi(block, element, ctx, choices, chosen) {
  const picked = new Set(chosen);
  const flat = choices.flatMap((group) => group.options);
  const placeholder = plainText(element.placeholder) || "Choose";
  const summary = el("summary", { "aria-label": ctx.label ? `${ctx.label}: ${placeholder}` : undefined });
  const show = () => summary.replaceChildren(flat.filter((o) => picked.has(o.value)).map((o) => o.text).join(", ") || placeholder);
  const boxes = flat.map((option) => {
    const box = el("input", { type: "checkbox", checked: picked.has(option.value) });
    box.addEventListener("change", () => {
      if (box.checked) picked.add(option.value);
      else picked.delete(option.value);
      show();
      ctx.touch(block, element, [...picked]);
    });
    return el("label", {}, box, el("span", {}, option.text));
  });
  show();
  return el("details", { class: "multi", "data-action": element.action_id }, summary, el("div", { class: "boxes", role: "group", "aria-label": placeholder }, boxes));
}

const staticChoices = (element) =>
  (element.option_groups ?? [{ options: element.options ?? [] }]).map((group) => ({
    label: group.label ? plainText(group.label) : "",
    options: group.options.map((option) => ({ value: option.value, text: plainText(option.text) + (option.description ? ` – ${plainText(option.description)}` : "") })),
  }));
const peopleChoices = (ctx) => [{ options: ctx.people.filter((one) => !one.deleted).map((one) => ({ value: one.id, text: one.real_name })) }];
const channelChoices = (ctx) => [{ options: ctx.channels.map((one) => ({ value: one.id, text: `#${one.name}` })) }];

// Radio buttons and checkboxes: each with its description.
function boxes(block, element, ctx, kind, chosen) {
  const name = freshId("box");
  const picked = new Set(chosen);
  const rows = (element.options ?? []).map((option) => {
    const box = el("input", { type: kind, name, value: option.value, checked: picked.has(option.value) });
    box.addEventListener("change", () => {
      if (kind === "radio") picked.clear();
      if (box.checked) picked.add(option.value);
      else picked.delete(option.value);
      ctx.touch(block, element, kind === "radio" ? option.value : [...picked]);
    });
    const words = el("span", {}, el("span", { class: "text" }, textObject(option.text, ctx)), option.description ? el("small", { class: "text" }, textObject(option.description, ctx)) : null);
    return el("label", { class: "box" }, box, words);
  });
  return el("div", { class: "box-list", role: kind === "radio" ? "radiogroup" : "group", "aria-label": ctx.label ?? (kind === "radio" ? "Choose one" : "Choose any"), "data-action": element.action_id }, rows);
}

const PICKED = { date: "Date", time: "Time", "datetime-local": "Date and time" };

function picker(block, element, ctx, type, value, read = (text) => text || null) {
  const node = el("input", { type, value: value ?? "", "aria-label": ctx.label ?? (plainText(element.placeholder) || PICKED[type]), "data-action": element.action_id });
  node.addEventListener("change", () => act(node, block, element, ctx, read(node.value)));
  return node;
}

const TEXT_TYPES = { plain_text_input: "text", email_text_input: "email", url_text_input: "url", number_input: "text", external_select: "text", multi_external_select: "text" };

function textInput(block, element, ctx, value) {
  const attributes = {
    "aria-label": ctx.label ?? (plainText(element.placeholder) || "Text"),
    placeholder: plainText(element.placeholder) || undefined,
    "data-action": element.action_id,
    maxlength: element.max_length,
    inputmode: element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : undefined,
    autocomplete: "off",
    value: value ?? "",
  };
  const many = element.multiline || element.type === "rich_text_input";
  const node = many ? el("textarea", { rows: 4, ...attributes }) : el("input", { type: TEXT_TYPES[element.type] ?? "text", ...attributes });
  const read = () => (element.type === "multi_external_select" ? node.value.split(",").map((one) => one.trim()).filter(Boolean) : node.value);
  node.addEventListener("input", () => ctx.type?.(block, element, read()));
  node.addEventListener("change", () => ctx.touch(block, element, read()));
  return node;
}

const richPlain = (value) => (value?.elements ?? []).flatMap((one) => (one.elements ?? []).map((leaf) => leaf.text ?? "")).join("");

// The state Slack keeps of an element, as the plain value that the page sends.
export function plainState(state = {}) {
  const values = state.selected_options?.map((option) => option.value) ?? state.selected_users ?? state.selected_conversations ?? state.selected_channels;
  if (values) return values;
  if (state.rich_text_value) return richPlain(state.rich_text_value);
  return state.value ?? state.selected_option?.value ?? state.selected_user ?? state.selected_conversation ?? state.selected_channel ?? state.selected_date ?? state.selected_time ?? state.selected_date_time ?? null;
}

export function drawElement(block, element, ctx) {
  const chosen = plainState(ctx.state(block, element));
  const list = Array.isArray(chosen) ? chosen : chosen === null ? [] : [chosen];
  switch (element.type) {
    case "button":
    case "workflow_button":
      return button(block, element, ctx);
    case "icon_button":
      return button(block, { ...element, text: { text: `🗑 ${plainText(element.text)}` } }, ctx);
    case "feedback_buttons":
      return el("span", { class: "feedback" }, [element.positive_button, element.negative_button].map((one, index) =>
        el("button", { type: "button", class: "btn", "aria-label": one.accessibility_label ?? plainText(one.text), onclick: (event) => act(event.currentTarget, block, element, ctx, one.value) }, index ? "👎 " : "👍 ", plainText(one.text))));
    case "overflow":
      return overflow(block, element, ctx);
    case "static_select":
      return select(block, element, ctx, staticChoices(element), chosen);
    case "users_select":
      return select(block, element, ctx, peopleChoices(ctx), chosen);
    case "channels_select":
    case "conversations_select":
      return select(block, element, ctx, channelChoices(ctx), chosen);
    case "multi_static_select":
      return multi(block, element, ctx, staticChoices(element), list);
    case "multi_users_select":
      return multi(block, element, ctx, peopleChoices(ctx), list);
    case "multi_channels_select":
    case "multi_conversations_select":
      return multi(block, element, ctx, channelChoices(ctx), list);
    case "radio_buttons":
      return boxes(block, element, ctx, "radio", list);
    case "checkboxes":
      return boxes(block, element, ctx, "checkbox", list);
    case "datepicker":
      return picker(block, element, ctx, "date", chosen);
    case "timepicker":
      return picker(block, element, ctx, "time", chosen);
    case "datetimepicker":
      return picker(block, element, ctx, "datetime-local", chosen ? toLocal(chosen, ctx.tz) : "", (text) => fromLocal(text, ctx.tz));
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input":
    case "rich_text_input":
    case "external_select":
    case "multi_external_select":
      return textInput(block, element, ctx, Array.isArray(chosen) ? chosen.join(", ") : chosen);
    default:
      return el("pre", { class: "unknown" }, JSON.stringify(element, null, 2));
  }
}

export { optionsOf };
