// The page as a whole: who looks, at what, and what happens when something changes.

import { byId, el } from "./dom.js";
import { attempt, get, post, send, toast } from "./api.js";
import { drawBlock } from "./blocks.js";
import { composer } from "./composer.js";
import { stamp } from "./dates.js";
import { avatar, showMessages } from "./messages.js";
import { showModal } from "./modal.js";

const HOME = "home";
let me = ""; // a person's id
let place = ""; // a channel's id, or "home"
let thread = ""; // the ts of the thread that is open
let scene = null; // what the server last said of everything but messages
let messages = []; // of the place
let unreadFrom = ""; // where "New" stood when the place was opened
let settled = false; // whether it is decided who looks: by the address, or by who has something to read once the app is there

// addresses: #U…/C… or #U…/home, and /ts for a thread

function readAddress() {
  const [person = "", where = "", ts = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  [me, place, thread] = [person, where, ts];
  settled = Boolean(person);
}

function go(person, where, ts = "") {
  const next = `#${person}/${where}${ts ? `/${ts}` : ""}`;
  if (location.hash === next) return void (readAddress(), refresh());
  location.hash = next;
}

// what is drawn, and with what knowledge

function context() {
  return {
    me,
    tz: scene.person.tz,
    now: scene.now,
    names: scene.names,
    people: scene.people,
    channels: scene.channels,
    forMessage: (message) => ({
      ...context(),
      state: (block, element) => message.values[block.block_id]?.[element.action_id],
      touch: (block, element, choice) =>
        attempt(() => post("act", { person: me, channel: message.channel, ts: message.ts, block_id: block.block_id, action_id: element.action_id, choice })),
    }),
    openThread: (message) => go(me, place, message.thread_ts || message.ts),
    dismiss: (message) => attempt(() => post("dismiss", { person: me, channel: message.channel, ts: message.ts })),
  };
}

const badge = (count) => (count ? el("span", { class: "count" }, el("span", { "aria-hidden": "true" }, count > 99 ? "99+" : count), el("span", { class: "hidden" }, ` ${count} unread`)) : null);

function entry(label, { key, current, unread, lead, detail, onclick }) {
  return el("li", {}, el("button", { type: "button", "data-key": key, class: `entry ${unread ? "unread" : ""}`, "aria-current": current ? "true" : undefined, onclick }, lead, el("span", { class: "entry-words" }, el("span", { class: "entry-name" }, label), detail ? el("small", {}, detail) : null), badge(unread)));
}

// The same entry keeps the focus, wherever it stands afterwards.
function keepFocus(list, ...nodes) {
  const buttons = () => [...list.querySelectorAll("button")];
  const at = buttons().indexOf(document.activeElement);
  const key = document.activeElement?.dataset.key;
  list.replaceChildren(...nodes);
  if (at >= 0) (buttons().find((one) => key && one.dataset.key === key) ?? buttons()[at])?.focus({ preventScroll: true });
}

// A filter appears where people are many. The first faces stay where they are; the others stand as in a chat, the newest message first.
const MANY = 12;

function drawPeople() {
  const faces = new Set(scene.faces);
  byId("find-place").hidden = scene.people.length <= MANY;
  byId(faces.size ? "others-title" : "people-title").after(byId("find-place"));
  byId("others-title").hidden = byId("others").hidden = !faces.size;
  const wanted = byId("find").value.trim().toLowerCase();
  const found = scene.people.filter((one) => !wanted || `${one.real_name} ${one.name} ${one.title}`.toLowerCase().includes(wanted));
  const draw = (one) =>
    entry(one.real_name, { key: one.id, current: one.id === me, unread: one.unread, lead: avatar(one.id, one.real_name), detail: [one.title, one.deleted ? "deactivated" : ""].filter(Boolean).join(" · "), onclick: () => go(one.id, place === HOME || place === scene.im.id ? "" : place) });
  const newest = (one, other) => (one.heard === other.heard ? 0 : one.heard < other.heard ? 1 : -1);
  keepFocus(byId("people"), ...found.filter((one) => !faces.size || faces.has(one.id)).map(draw));
  keepFocus(byId("others"), ...(faces.size ? found.filter((one) => !faces.has(one.id)).sort(newest).map(draw) : []));
}
byId("find").addEventListener("input", () => scene && drawPeople());

function drawSidebar() {
  const mine = scene.person;
  byId("me").replaceChildren(avatar(mine.id, mine.real_name), el("p", {}, el("span", { class: "you" }, "You are "), el("strong", {}, mine.real_name), [mine.title, mine.tz.replace("_", " ")].filter(Boolean).map((words) => el("small", {}, words))));
  drawPeople();
  keepFocus(byId("apps"), entry(scene.app.name, { key: "app", current: place === HOME || place === scene.im.id, unread: scene.im.unread, lead: avatar(scene.app.id, scene.app.name, true), onclick: () => go(me, scene.im.id) }));
  keepFocus(byId("channels"), ...scene.channels.map((one) =>
    entry(one.name, { key: one.id, current: one.id === place, unread: one.unread, lead: el("span", { class: "sign", "aria-hidden": "true" }, one.type === "private_channel" ? "🔒" : "#"), detail: one.archived ? "archived" : "", onclick: () => go(me, one.id) })));
}

function drawPlace() {
  const channel = scene.channels.find((one) => one.id === place);
  const head = byId("place");
  if (channel) {
    head.replaceChildren(el("h1", {}, `${channel.type === "private_channel" ? "🔒 " : "# "}${channel.name}`), el("p", { class: "muted" }, channel.topic || `${channel.members} ${channel.members === 1 ? "person" : "people"}`));
    return;
  }
  const tab = (name, where) => el("button", { type: "button", class: "tab", "data-key": where, "aria-current": (place === HOME) === (where === HOME) ? "page" : undefined, onclick: () => go(me, where) }, name);
  keepFocus(head, el("h1", {}, scene.app.name), scene.app.home ? el("div", { class: "tabs", role: "group", "aria-label": `Tabs of ${scene.app.name}` }, tab("Home", HOME), tab("Messages", scene.im.id)) : el("p", { class: "muted" }, "Direct message"));
}

// What stands in a place's box belongs to that person there, as in a chat: it waits when they look elsewhere, and is sent nowhere else.
const drafts = new Map();
let composerKey = "";
function drawComposer() {
  const channel = scene.channels.find((one) => one.id === place) ?? scene.im;
  const disabled = scene.starting || scene.person.deleted || channel.archived || !channel.member;
  const key = [me, place, disabled].join("|");
  byId("composer").hidden = place === HOME;
  if (key === composerKey) return;
  composerKey = key;
  const where = channel === scene.im ? scene.app.name : `#${channel.name}`;
  const hint = scene.commands.length ? `, or ${scene.commands[0]} help` : ", or a /command";
  const placeholder = scene.starting ? `${scene.app.name} is starting` : scene.person.deleted ? "Deactivated people cannot write" : channel.archived ? "This channel is archived" : !channel.member ? `${scene.person.real_name} is not a member of #${channel.name}` : `Message ${where}${hint}`;
  const [person, to] = [me, place];
  byId("composer").replaceChildren(
    composer({ label: `Message to ${where} as ${scene.person.real_name}`, placeholder, disabled, drafts, draft: `${person}/${to}`, onsend: (text) => attempt(() => post("say", { person, channel: to, text })) }),
  );
}

function drawConversation() {
  const top = messages.filter((one) => !one.thread_ts);
  const notices = scene.notices.filter((one) => one.channel === place || (!one.channel && place === scene.im.id));
  showMessages(byId("log"), top, { ...context(), listKey: `${me}/${place}` }, { notices, unreadFrom, empty: scene.starting ? `${scene.app.name} is starting. Its first messages arrive in a moment.` : "Nothing here yet." });
}

let homeSign = "";
function drawHome() {
  const node = byId("home");
  const view = scene.home;
  const sign = JSON.stringify([me, view]);
  if (sign === homeSign) return;
  homeSign = sign;
  const ctx = {
    ...context(),
    state: (block, element) => view?.values[block.block_id]?.[element.action_id],
    touch: (block, element, choice) => attempt(() => post("act", { person: me, view: view.id, block_id: block.block_id, action_id: element.action_id, choice })),
  };
  node.replaceChildren(el("div", { class: "blocks" }, view ? view.blocks.map((block) => drawBlock(block, ctx)) : el("p", { class: "empty" }, "The app has not drawn its Home tab yet.")));
}

let threadKey = "";
function drawThread() {
  const open = Boolean(thread) && place !== HOME;
  byId("thread").hidden = !open;
  byId("frame").classList.toggle("with-panel", open || !byId("why").hidden);
  if (!open) return void (threadKey = "");
  const key = [me, place, thread].join("|");
  if (key !== threadKey) {
    const at = { person: me, channel: place, thread_ts: thread };
    const reply = (text) => attempt(() => post("say", { ...at, text }));
    byId("thread-composer").replaceChildren(composer({ label: "Reply in this thread", placeholder: "Reply", disabled: scene.person.deleted, drafts, draft: key, onsend: reply }));
  }
  threadKey = key;
  const shown = messages.filter((one) => one.ts === thread || one.thread_ts === thread);
  return showMessages(byId("thread-log"), shown, { ...context(), listKey: `${me}/${place}/${thread}` }, { inThread: true, empty: "This thread is gone." });
}

function drawClock(now) {
  scene.now = now;
  byId("now").textContent = stamp(now, scene.person.tz);
  byId("now").setAttribute("title", scene.person.tz);
}

let whySign = "";
async function drawWhy() {
  if (byId("why").hidden) return;
  const lines = await attempt(() => get("explain"));
  const sign = JSON.stringify([lines, me]);
  if (!lines || sign === whySign) return;
  whySign = sign;
  const list = byId("reasons");
  const when = (text) => (Number.isNaN(Date.parse(text)) ? text : stamp(Date.parse(text) / 1000, scene.person.tz));
  list.replaceChildren(...[...lines].reverse().map((one) => el("li", {}, el("p", { class: "by" }, el("strong", {}, `To ${one.to}`), " ", el("time", {}, when(one.time))), el("p", { class: "said" }, one.text), el("p", { class: "because" }, one.why))));
  if (!lines.length) list.replaceChildren(el("li", { class: "empty" }, "Nothing yet. Move the clock on."));
}

// A button that is drawn anew between press and release swallows the click, so nothing is drawn while somebody presses.

let letGo = null; // called at the release
let pressed = Promise.resolve();
document.addEventListener("pointerdown", () => (letGo ??= hold()), true);
for (const end of ["pointerup", "pointercancel", "dragend"]) document.addEventListener(end, () => setTimeout(() => (letGo?.(), (letGo = null))), true);
function hold() {
  let done;
  pressed = new Promise((resolve) => (done = resolve));
  return done;
}
// Somebody who selects words holds on for long: the page does not wait for ever.
const released = () => Promise.race([pressed, new Promise((resolve) => setTimeout(resolve, 3000))]);

// looking again

let running = null;
let again = false;
async function refresh() {
  if (running) return void (again = true);
  running = look();
  try {
    await running;
  } finally {
    running = null;
    if (again) {
      again = false;
      refresh();
    }
  }
}

async function look() {
  const asked = me;
  const next = await attempt(() => get("picture", { person: settled ? asked : "" }));
  // Whoever looks by now is drawn next; what is known of somebody else must not make them that one again.
  if (!next || me !== asked) return;
  scene = next;
  me = scene.person.id;
  settled ||= !scene.starting;
  const known = place === HOME || place === scene.im.id || scene.channels.some((one) => one.id === place);
  if (!known) place = scene.im.id;
  const key = `${me}/${place}`;
  if (place !== HOME) {
    const talk = await attempt(() => get("conversation", { person: me, channel: place }));
    if (`${me}/${place}` !== key) return;
    messages = talk?.messages ?? [];
    if (look.key !== key) unreadFrom = talk?.messages.length && talk.read < talk.messages.at(-1).ts ? talk.read || "0" : "";
  } else if (look.key !== key) attempt(() => post("home", { person: me }));
  await released();
  if (`${me}/${place}` !== key) return;
  look.key = key;
  drawAll();
  const channel = scene.channels.find((one) => one.id === place) ?? scene.im;
  if (place !== HOME && channel.unread && document.visibilityState === "visible") attempt(() => post("read", { person: me, channel: place }));
}

function drawAll() {
  document.title = `${scene.im.unread ? `(${scene.im.unread}) ` : ""}${scene.person.real_name} · ${scene.team}`;
  drawClock(scene.now);
  drawSidebar();
  drawPlace();
  drawComposer();
  byId("log").hidden = place === HOME;
  byId("home").hidden = place !== HOME;
  if (place === HOME) drawHome();
  else drawConversation();
  drawThread();
  showModal(scene.modals, context());
  byId("clock-controls").hidden = !scene.can.advance;
  byId("first-time").hidden = !scene.can.advance || sessionStorage.getItem(SEEN) !== null;
  byId("why-open").hidden = !scene.can.explain;
  byId("try-open").hidden = !scene.can.upload;
  document.body.dataset.ready = "true";
}

// controls around the conversation

const SEEN = "seen-hint";
function putHintAway() {
  sessionStorage.setItem(SEEN, "1");
  byId("first-time").hidden = true;
}
byId("first-time-close").addEventListener("click", () => (putHintAway(), byId("main").focus()));

for (const button of byId("clock-controls").querySelectorAll("button")) {
  button.addEventListener("click", async () => {
    const all = [...byId("clock-controls").querySelectorAll("button")];
    all.forEach((one) => (one.disabled = true));
    button.setAttribute("aria-busy", "true");
    putHintAway();
    const body = button.dataset.until ? { until: true } : { days: Number(button.dataset.days) };
    const done = await attempt(() => post("advance", body));
    if (done?.nothing) toast(`Nothing happened in ${done.days} days.`);
    all.forEach((one) => (one.disabled = false));
    button.removeAttribute("aria-busy");
    button.focus();
    refresh();
    drawWhy();
  });
}

function togglePanel(open) {
  byId("why").hidden = !open;
  byId("why-open").setAttribute("aria-expanded", String(open));
  whySign = "";
  drawThread();
  drawWhy();
}
byId("why-open").addEventListener("click", () => togglePanel(byId("why").hidden));
document.querySelector("[data-close=why]").addEventListener("click", () => (togglePanel(false), byId("why-open").focus()));
document.querySelector("[data-close=thread]").addEventListener("click", () => go(me, place));

function toggleDrawer(open) {
  document.body.classList.toggle("drawer-open", open);
  byId("drawer").setAttribute("aria-expanded", String(open));
  if (open) byId("drawer-close").focus();
}
byId("drawer-close").addEventListener("click", () => (toggleDrawer(false), byId("drawer").focus()));
byId("veil").addEventListener("click", () => toggleDrawer(false));
byId("drawer").addEventListener("click", () => toggleDrawer(!document.body.classList.contains("drawer-open")));
byId("sidebar").addEventListener("click", (event) => event.target.closest(".entry") && !event.target.closest("#people, #others") && toggleDrawer(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (document.body.classList.contains("drawer-open")) toggleDrawer(false);
  else if (thread) go(me, place);
  else if (!byId("why").hidden) togglePanel(false);
});

byId("try-open").addEventListener("click", () => byId("try").showModal());
for (const id of ["try-file", "try-map"])
  byId(id).addEventListener("change", () => {
    byId("try-import").disabled = true;
    byId("try-result").hidden = true;
  });
async function upload(dryRun) {
  const file = byId("try-file").files[0];
  if (!file) return toast("Choose a file first.");
  const chosen = byId("try-map").files[0];
  const map = chosen ? encodeURIComponent(await chosen.text()) : "";
  if (map.length > 30000) return toast("That map is too long for this page: pilotlight import --map takes it.");
  const done = await attempt(() => send(`upload?dry_run=${dryRun ? 1 : 0}`, file, map ? { "X-Column-Map": map } : {}));
  if (!done) return undefined;
  byId("try-result").textContent = done.text;
  byId("try-result").hidden = false;
  byId("try-import").disabled = !dryRun || Boolean(done.refused);
  return refresh();
}
byId("try-dry").addEventListener("click", () => upload(true));
byId("try-import").addEventListener("click", () => upload(false));

// live

function listen() {
  const stream = new EventSource("/page/events");
  stream.addEventListener("change", (event) => {
    refresh();
    if (JSON.parse(event.data).changes.some((one) => ["message", "ephemeral"].includes(one.kind))) drawWhy();
  });
  stream.addEventListener("beat", (event) => scene && drawClock(JSON.parse(event.data).now));
  stream.addEventListener("open", () => scene && refresh());
}

window.addEventListener("hashchange", () => {
  readAddress();
  // The place and its box stand at once, so that what is typed before the messages are there is typed into the right one.
  if (scene?.person.id === me && (place === HOME || place === scene.im.id || scene.channels.some((one) => one.id === place))) {
    drawSidebar();
    drawPlace();
    drawComposer();
  }
  refresh();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
readAddress();
refresh().then(listen);
