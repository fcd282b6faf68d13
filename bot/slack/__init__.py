"""The Slack door: signed requests in, Block Kit out.

The walk of one request: `guard` (is it Slack?) → `listeners` (reads the clock) → `parse` (payload → Incoming) and `ways` (how it can be
answered) → `handle` → `respond` (which way the Reply takes) → `render`, `views` (ours → Block Kit) → the answer's body, or `outlets`.
Unasked messages leave through `chat`. Everything that leaves goes through `web_api`, and its failures through `troubles`.

`parse`, `ways`, `payload`, `words`, `render`, `views`, `paragraphs`, `buttons`, `charts`, `mrkdwn`, `ids` and `troubles` do no I/O.
"""
