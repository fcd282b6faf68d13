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
- `once` (Slack alone): Slack names each kind of request differently, or not at all; in Teams an activity has an id (`parse`).
- `homes` and `unfurl` (Slack alone): Slack has a Home tab and asks what a link of ours shows; in Teams the home is a message.
- `arrivals` (Slack alone): fifty that come at once wait for each other, and Slack waits three seconds; Teams waits fifteen.
- `socket` (Slack alone): Slack can be called by us instead of calling us; Teams cannot.
- `oauth`, `oauth_pages`, `permissions` (Slack alone): many workspaces install there with a token each; a bot in Teams is of one tenant.
- `scopes`, `manifest`, `shapes`, `probe` (Slack alone): what is asked of Slack and why, and a look at what somebody pastes. What Teams
  wants instead, a package and an app registration, is made by the set-up (`bot/setup`) and needs nothing of this door.
- `ourselves` (Slack alone): Slack's token says which workspace it is for; the tenant of Teams stands in the settings.
"""
