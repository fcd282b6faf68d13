// Times in the zone of whoever reads. https://docs.slack.dev/messaging/formatting-message-text#date-formatting

const ONE_DAY = 86400;

const forms = new Map();

function form(options, tz) {
  const key = JSON.stringify([options, tz]);
  if (!forms.has(key)) forms.set(key, make(options, tz));
  return forms.get(key);
}

function make(options, tz) {
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: tz });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  }
}

const show = (seconds, options, tz) => form(options, tz).format(new Date(seconds * 1000));

export const time = (seconds, tz) => show(seconds, { hour: "2-digit", minute: "2-digit" }, tz);
export const day = (seconds, tz) => show(seconds, { weekday: "long", day: "numeric", month: "long", year: "numeric" }, tz);
export const stamp = (seconds, tz) =>
  show(seconds, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }, tz);

function pretty(seconds, options, tz, now) {
  const same = (other) => day(seconds, tz) === day(other, tz);
  if (same(now)) return "today";
  if (same(now - ONE_DAY)) return "yesterday";
  if (same(now + ONE_DAY)) return "tomorrow";
  return show(seconds, options, tz);
}

function ago(seconds, now) {
  const distance = Math.abs(now - seconds);
  const [size, unit] = [[ONE_DAY, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([least]) => distance >= least) ?? [1, "second"];
  const count = Math.round(distance / size);
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds > now ? `in ${words}` : `${words} ago`;
}

const LONG = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
const PLAIN = { day: "numeric", month: "long", year: "numeric" };
const SHORT = { day: "numeric", month: "short", year: "numeric" };

export function slackDate(seconds, format, tz, now) {
  const tokens = {
    date_num: () => show(seconds, { year: "numeric", month: "2-digit", day: "2-digit" }, tz).split("/").reverse().join("-"),
    date_slash: () => show(seconds, { year: "numeric", month: "2-digit", day: "2-digit" }, tz),
    date: () => show(seconds, PLAIN, tz),
    date_long: () => show(seconds, LONG, tz),
    date_short: () => show(seconds, SHORT, tz),
    date_pretty: () => pretty(seconds, PLAIN, tz, now),
    date_long_pretty: () => pretty(seconds, LONG, tz, now),
    date_short_pretty: () => pretty(seconds, SHORT, tz, now),
    day_divider_pretty: () => pretty(seconds, LONG, tz, now),
    time: () => time(seconds, tz),
    time_secs: () => show(seconds, { hour: "2-digit", minute: "2-digit", second: "2-digit" }, tz),
    ago: () => ago(seconds, now),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => (tokens[name] ? tokens[name]() : whole));
}

// The wall clock of a zone, as <input type="datetime-local"> wants it, and back.
export function toLocal(seconds, tz) {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const part = Object.fromEntries(form(options, tz).formatToParts(new Date(seconds * 1000)).map((p) => [p.type, p.value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

export function fromLocal(text, tz) {
  const guess = Date.parse(`${text}:00Z`) / 1000;
  if (Number.isNaN(guess)) return null;
  const seen = Date.parse(`${toLocal(guess, tz)}:00Z`) / 1000;
  return guess - (seen - guess);
}
