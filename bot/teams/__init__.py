"""The Teams door: signed activities in, Adaptive Cards out.

The walk of one activity: `guard` (is it Teams, for us, for this tenant?) → `listeners` (reads the clock) → `parse` (activity →
Incoming) → `handle` → `respond` (Reply → the way back) → `render` and `views` (ours → cards). Unasked messages leave through `chat`.

Files have the names of those in `bot/slack` wherever both do the same. What one has alone:

- `keys`, `hosts`, `flight`: Microsoft signs with keys that must be fetched (once for all who wait), and says with each activity where
  its service is. Slack signs with a shared secret and has one address.
- `known`: Slack lets a bot open a chat by a person's id and list its people; Teams does so only with those it has met.
- `rates`: Teams' limits are per conversation and told nowhere before they are passed; Slack's outlet is one message a second.
- `mentions`: a person is mentioned by text and an entity of the card, in Slack by a sign in the text.
- `markdown` is Slack's `mrkdwn`: each house's own dialect under its own name.
- `ourselves` (Slack alone): Slack's token says which workspace it is for; the tenant of Teams stands in the settings.
"""
