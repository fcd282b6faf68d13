"""The Slack door: signed requests in, Block Kit out.

The walk of one request: `guard` (is it Slack?) → `listeners` (reads the clock) → `parse` (payload → Incoming) and `ways` (how it can be
answered) → `handle` → `respond` (which way the Reply takes) → `render`, `views` (ours → Block Kit) → the answer's body, or `outlets`.
The same requests come over `socket` where Socket Mode is on, without the guard: that connection is ours. Tokens: `permissions` (whose opens
what), `install` (their short memory), `oauth` (many workspaces, through Slack's own pages). `scopes` says what we ask of Slack and why, `manifest`
writes it down; `shapes` and `probe` look at what somebody pastes.

Unasked messages leave through `chat`. Everything that leaves goes through `web_api`, and its failures through `troubles`.

`parse`, `ways`, `payload`, `words`, `render`, `views`, `paragraphs`, `buttons`, `charts`, `mrkdwn`, `ids`, `troubles`, `scopes`, `manifest` and `shapes` do no I/O.
"""
