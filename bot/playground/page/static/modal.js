// The form on top of a person's stack of forms. https://docs.slack.dev/surfaces/modals

import { byId, el } from "./dom.js";
import { attempt, post } from "./api.js";
import { drawBlock } from "./blocks.js";
import { plainState } from "./elements.js";

let shown = null; // {id, hash, errors} of what is drawn
let typed = {}; // block_id → action_id → plain value, of every view by id

const dialog = () => byId("modal");
const valuesOf = (id) => (typed[id] ??= {});

function remember(view, block, element, value) {
  (valuesOf(view.id)[block.block_id] ??= {})[element.action_id] = value;
}

function contextOf(view, ctx) {
  const send = (block, element, choice) =>
    attempt(() => post("act", { person: ctx.me, view: view.id, block_id: block.block_id, action_id: element.action_id, choice, values: valuesOf(view.id) }));
  return {
    ...ctx,
    errors: view.errors,
    state: (block, element) => {
      const mine = valuesOf(view.id)[block.block_id];
      if (mine && element.action_id in mine) return asState(mine[element.action_id]);
      return view.values[block.block_id]?.[element.action_id];
    },
    type: (block, element, value) => remember(view, block, element, value),
    touch: (block, element, value) => {
      if (value !== undefined) remember(view, block, element, value);
      return block.type !== "input" || block.dispatch_action ? send(block, element, value) : undefined;
    },
  };
}

// A remembered plain value in the one form that plainState reads back unchanged.
const asState = (value) => (Array.isArray(value) ? { selected_users: value } : { value });

async function submit(view, ctx) {
  const done = await attempt(() => post("submit", { person: ctx.me, view: view.id, values: valuesOf(view.id) }));
  if (done && Object.keys(done.errors ?? {}).length) dialog().querySelector("[aria-invalid=true]")?.focus();
}

const close = (view, ctx) => attempt(() => post("close", { person: ctx.me, view: view.id, values: valuesOf(view.id) }));

function draw(view, ctx) {
  const node = dialog();
  const focused = document.activeElement?.dataset?.action;
  const blocks = el("div", { class: "blocks" }, view.blocks.map((block) => drawBlock(block, contextOf(view, ctx))));
  node.replaceChildren(
    el("form", { novalidate: true, onsubmit: (event) => (event.preventDefault(), submit(view, ctx)) },
      el("div", { class: "sheet-head" }, el("h2", { id: "modal-title" }, view.title), el("button", { type: "button", class: "quiet square", "aria-label": "Close", onclick: () => close(view, ctx) }, "✕")),
      el("div", { class: "sheet-body", tabindex: "-1" }, blocks),
      el("div", { class: "sheet-foot" },
        el("button", { type: "button", onclick: () => close(view, ctx) }, view.close || "Cancel"),
        view.submit ? el("button", { type: "submit", class: "primary" }, view.submit) : null)),
  );
  node.oncancel = (event) => {
    event.preventDefault();
    close(view, ctx);
  };
  if (!node.open) node.showModal();
  const target = node.querySelector("[aria-invalid=true]") ?? (focused && [...node.querySelectorAll("[data-action]")].find((one) => one.dataset.action === focused)) ?? node.querySelector(".sheet-body input, .sheet-body textarea, .sheet-body select");
  target?.focus();
}

export function showModal(views, ctx) {
  const view = views.at(-1);
  typed = Object.fromEntries(Object.entries(typed).filter(([id]) => views.some((one) => one.id === id)));
  if (!view) {
    if (dialog().open) dialog().close();
    dialog().replaceChildren();
    shown = null;
    return;
  }
  const sign = JSON.stringify([view.id, view.hash, view.errors, ctx.me]);
  if (shown === sign) return;
  shown = sign;
  draw(view, ctx);
}

export { plainState };
