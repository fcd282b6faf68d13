// Where a person types: a plain message or a slash command. Enter sends, Shift+Enter breaks the line, ↑ brings the last one back.

import { el, freshId } from "./dom.js";

// `drafts` maps a place, here `draft`, to the words that were not sent yet.
export function composer({ label, placeholder, disabled, drafts, draft, onsend }) {
  const id = freshId("say");
  const sent = [];
  const box = el("textarea", { id, rows: 1, placeholder, disabled, autocomplete: "off", spellcheck: "true" });
  const button = el("button", { type: "submit", class: "primary", disabled }, "Send");
  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 180)}px`;
  };
  const go = async () => {
    const text = box.value;
    if (!text.trim()) return;
    sent.push(text);
    box.value = "";
    drafts.delete(draft);
    grow();
    await onsend(text);
    box.focus();
  };
  box.value = drafts.get(draft) ?? "";
  box.addEventListener("input", () => {
    drafts.set(draft, box.value);
    grow();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      go();
    } else if (event.key === "ArrowUp" && !box.value && sent.length) {
      event.preventDefault();
      box.value = sent.at(-1);
      grow();
    }
  });
  return el("form", { class: "composer", onsubmit: (event) => (event.preventDefault(), go()) }, el("label", { class: "hidden", for: id }, label), box, button);
}
