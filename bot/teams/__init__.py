"""The Teams door: signed activities in, Adaptive Cards out.

The walk of one activity: `guard` (is it Teams, for us, for this tenant?) → `listeners` (reads the clock) → `parse` (activity →
Incoming) → `handle` → `respond` (Reply → the way back) → `render` and `views` (ours → cards). Unasked messages leave through `chat`.
"""
