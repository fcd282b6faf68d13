"""The Slack door: signed requests in, Block Kit out.

The walk of one request: `guard` (is it Slack?) → `listeners` (reads the clock) → `parse` (payload → Incoming) → `handle` →
`respond` (Reply → the way back) → `render` and `views` (ours → Block Kit). Unasked messages leave through `chat`.
"""
