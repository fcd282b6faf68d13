// A conversation as a list that changes in place: only what is new or different is drawn again.

import { add, el } from "./dom.js";
import { drawContent } from "./blocks.js";
import { day, time } from "./dates.js";
import { emoji } from "./emoji.js";

export const initials = (name) => name.split(/\s+/).map((word) => word[0] ?? "").slice(0, 2).join("").toUpperCase();

export function avatar(id, name, isApp = false) {
  const tone = [...id].reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % 6;
  return el("span", { class: `avatar ${isApp ? "app" : `tone${tone}`}`, "aria-hidden": "true" }, isApp ? name[0].toUpperCase() : initials(name));
}

const signature = (message, ctx) => JSON.stringify([message.revision, message.replies, message.reactions, message.values, message.edited, ctx.tz, ctx.names[message.user]]);

function draw(message, ctx, inThread) {
  const seconds = Number(message.ts);
  const name = ctx.names[message.user] ?? message.user;
  const node = el("article", { class: `message ${message.ephemeral ? "ephemeral" : ""}`, "data-ts": message.ts, "aria-label": `${name}, ${time(seconds, ctx.tz)}` });
  const head = el("p", { class: "by" }, el("strong", {}, name), message.bot ? el("span", { class: "badge" }, "App") : null, " ", el("time", { datetime: new Date(seconds * 1000).toISOString() }, time(seconds, ctx.tz)));
  const body = el("div", { class: "body" }, message.ephemeral ? el("p", { class: "only-you" }, "Only visible to you") : null, head, el("div", { class: "content blocks" }, drawContent(message, ctx.forMessage(message))));
  if (message.edited) add(body, [el("span", { class: "edited" }, "(edited)")]);
  if (message.reactions.length) add(body, [el("p", { class: "reactions" }, message.reactions.map((one) => el("span", { class: "reaction" }, emoji(one.name) ?? `:${one.name}:`, ` ${one.count}`)))]);
  const tools = el("p", { class: "message-tools" });
  if (!inThread && !message.ephemeral) {
    const words = message.replies ? `${message.replies} ${message.replies === 1 ? "reply" : "replies"}` : "Reply in thread";
    add(tools, [el("button", { type: "button", class: `quiet ${message.replies ? "replies" : "on-hover"}`, title: words, onclick: () => ctx.openThread(message) }, message.replies ? words : [el("span", { class: "short", "aria-hidden": "true" }, "↩"), el("span", { class: "long" }, words)])]);
  }
  if (message.ephemeral) add(tools, [el("button", { type: "button", class: "quiet on-hover", onclick: () => ctx.dismiss(message) }, "Dismiss")]);
  add(body, [tools]);
  add(node, [avatar(message.user, name, message.bot), body]);
  return node;
}

const dividerOf = (words, className, key) => el("p", { class: className, "data-key": key }, el("span", {}, words));

function noticeOf(notice) {
  return el("p", { class: "notice", role: "alert", "data-key": `notice-${notice.ts}` }, el("span", { "aria-hidden": "true" }, "⚠ "), el("strong", {}, "Slackbot "), notice.text);
}

// rows: {key, sign, make}: the list is brought to this order with as few touches as possible.
function reconcile(list, rows, animate) {
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  let place = list.firstChild;
  for (const row of rows) {
    let node = known.get(row.key);
    known.delete(row.key);
    if (!node || node.dataset.sign !== row.sign) {
      const next = row.make();
      next.dataset.key = row.key;
      next.dataset.sign = row.sign;
      if (animate) next.classList.add(node ? "changed" : "fresh");
      if (node) {
        if (place === node) place = node.nextSibling;
        node.replaceWith(next);
      }
      node = next;
    }
    if (node === place) place = place.nextSibling;
    else list.insertBefore(node, place);
  }
  for (const node of known.values()) node.remove();
}

export function showMessages(list, messages, ctx, { notices = [], unreadFrom = "", inThread = false, empty = "" } = {}) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const sameList = list.dataset.of === ctx.listKey;
  if (!sameList) list.replaceChildren();
  list.dataset.of = ctx.listKey;
  const rows = [];
  let lastDay = "";
  let marked = false;
  const all = [...messages, ...notices.map((notice) => ({ ...notice, isNotice: true }))].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  for (const one of all) {
    const today = day(Number(one.ts), ctx.tz);
    if (today !== lastDay) rows.push({ key: `day-${today}`, sign: "", make: () => dividerOf(today, "day", `day-${today}`) });
    lastDay = today;
    if (!marked && unreadFrom && one.ts > unreadFrom && one.user !== ctx.me) {
      marked = true;
      rows.push({ key: "new", sign: "", make: () => dividerOf("New", "day new", "new") });
    }
    if (one.isNotice) rows.push({ key: `notice-${one.ts}`, sign: "", make: () => noticeOf(one) });
    else rows.push({ key: `m-${one.ts}`, sign: signature(one, ctx), make: () => draw(one, ctx, inThread) });
  }
  if (!rows.length && empty) rows.push({ key: "empty", sign: empty, make: () => el("p", { class: "empty" }, empty) });
  const lastBefore = list.lastElementChild?.dataset.key;
  reconcile(list, rows, sameList);
  if (!sameList || (atEnd && list.lastElementChild?.dataset.key !== lastBefore)) scrollTo(list, !sameList && list.querySelector(".day.new"));
  else if (atEnd) list.scrollTop = list.scrollHeight;
}

// To the end, but never past the head of what is to be read: the first unread line, or a message taller than the place.
function scrollTo(list, from) {
  const head = from || list.lastElementChild;
  list.scrollTop = list.scrollHeight;
  if (!head) return;
  const above = list.getBoundingClientRect().top + 8 - head.getBoundingClientRect().top;
  if (above > 0) list.scrollTop -= above;
}
