// The shortcodes that apps like best; an unknown one stays as it was written.

const EMOJI = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", wave: "👋", tada: "🎉", rocket: "🚀", fire: "🔥", bulb: "💡", star: "⭐",
  sparkles: "✨", eyes: "👀", heart: "❤️", clap: "👏", pray: "🙏", muscle: "💪", smile: "😄", slightly_smiling_face: "🙂", grin: "😁",
  joy: "😂", thinking_face: "🤔", cry: "😢", warning: "⚠️", rotating_light: "🚨", no_entry: "⛔", x: "❌", white_check_mark: "✅",
  heavy_check_mark: "✔️", ballot_box_with_check: "☑️", question: "❓", grey_question: "❔", exclamation: "❗", information_source: "ℹ️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", clock1: "🕐", stopwatch: "⏱️", calendar: "📆", date: "📅",
  spiral_calendar_pad: "🗓️", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", memo: "📝",
  clipboard: "📋", pencil: "📝", pencil2: "✏️", mag: "🔍", link: "🔗", lock: "🔒", unlock: "🔓", key: "🔑", gear: "⚙️", wrench: "🔧",
  hammer_and_wrench: "🛠️", package: "📦", inbox_tray: "📥", outbox_tray: "📤", bell: "🔔", no_bell: "🔕", speech_balloon: "💬",
  mega: "📣", loudspeaker: "📢", email: "📧", envelope: "✉️", robot_face: "🤖", busts_in_silhouette: "👥", bust_in_silhouette: "👤",
  handshake: "🤝", point_right: "👉", arrow_right: "➡️", arrow_up: "⬆️", arrow_down: "⬇️", large_green_circle: "🟢",
  large_yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴", large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫",
  green_heart: "💚", seedling: "🌱", candle: "🕯️", moneybag: "💰", dart: "🎯", trophy: "🏆", checkered_flag: "🏁", construction: "🚧",
  double_vertical_bar: "⏸️", arrow_forward: "▶️", stop_sign: "🛑", octagonal_sign: "🛑", zzz: "💤", wastebasket: "🗑️", coffin: "⚰️",
};

export const emoji = (name) => EMOJI[name.split("::")[0]];

export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
