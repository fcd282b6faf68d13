"""A Slack workspace of our own: the app under test runs against it unchanged, and it imports nothing of the app.

Start it, point the app at it, use it::

    clock = ...                                   # Callable[[], datetime], aware; real or virtual
    workspace = Workspace(clock=clock, app_name="Pilotlight")
    anna = workspace.add_user("anna", real_name="Anna Berg", tz="Europe/Berlin")
    board = workspace.add_channel("leadership", members=[anna])

    async with Playground(workspace) as playground:     # its own loopback port, in the running event loop
        # SLACK_API_URL=playground.api_url, SLACK_BOT_TOKEN=playground.token,
        # SLACK_SIGNING_SECRET=playground.app.signing_secret
        playground.app_url = "http://127.0.0.1:8000/slack/events"    # where commands, interactions and events go

        hands = playground.hands
        seen = await hands.command("anna", "/pilot new")            # a Seen: what Anna sees now
        seen = await hands.submit("anna", seen.view, {"name": "Contract search"})   # block_id, action_id or label
        seen = await hands.press("anna", seen.message, "Moving", near="Contract search")
        seen = await hands.choose("anna", hands.last("anna"), "more", "Snooze")     # menus, overflow, pickers
        seen = await hands.type("anna", "anna", "6.2, moving")      # in her direct message with the app
        seen = await hands.open_home("anna")
        await hands.deactivate("anna")                              # user_change is delivered

        hands.take("anna", "no word for")     # the first message to her with these words that nobody has taken yet
        hands.take("#leadership", "decisions wait")
        hands.unexpected()                    # one line for each message that is left: assert it is empty

`where` is a channel, `"#name"`, an id, or a person, whose direct message with the app is meant. A `Seen` has `messages`,
`ephemerals`, `updated`, `removed`, `view`, `home`, `errors` (block_id to sentence), `notices` (what Slack itself says: code
`operation_timeout`, `dispatch_failed`, …), `text` (all that can be read), `message` (the only one), `status`.
What a `Seen` shows counts as taken.

Trouble on request: `playground.faults.rate_limited("chat.postMessage", retry_after="30", times=3)`, `.lost_reply(...)`,
`.late_commit(..., seconds=10)`, `.server_error(..., status=502, accepted=True)`, `.slow(..., seconds)`, `.cut_before(...)`,
`.cut_mid_body(...)`, `.broken_json(...)`, `.slack_error(method, "restricted_action")`; each takes `times` (None for ever),
`skip`, `share` (part of the calls), `when` (a predicate of the arguments). `playground.installation.dead = "token_revoked"`.
`playground.web_api.rate_limits.enforced = True` switches Slack's own limits on.

Afterwards: `playground.app.calls` (every call with its scope), `.scopes_used()`, `.refusals` (blocks that Slack would not take),
`playground.deliveries.events` (every event with its attempts). `limits.check_message(blocks)` and `limits.check_view(view)`
tell the same without a server. Another workspace of the same app: `playground.add_workspace(Workspace("T0OTHER"))`.

`Playground(..., socket_mode=True)` delivers over Socket Mode instead: SLACK_APP_TOKEN=playground.app_token. Its
connections: `playground.app.sockets` (`.silent`, `.greets`, `.ask_to_reconnect(reason)`). `playground.web_api.ahead` sets its `Date` apart from
the world's. Installing through Slack's pages: `playground.app.client_id`, `.client_secret`, `.redirect_urls`, `.approves`.

The page is at `playground.url`: `#<user id>/<channel id>` addresses one person's view of one conversation. What it may ask of
whoever starts it stands in `playground.page`: `on_advance(timedelta)`, `on_upload(bytes, dry_run, map) -> text`,
`explain() -> [{"time", "to", "text", "why"}]`, all async and all optional, `note`, `sample_csv` (a path). Set
`playground.app.commands = frozenset({"/pilot"})` and the composer names the command.

Deliveries are signed by the workspace's clock; pass `signing_clock=real_clock` when the app checks signatures against the
real one while the workspace lives in virtual time. Retried events wait for that clock, too: once at once, then a minute and
five later.
"""

from bot.playground.models import Channel, Message, User, View, real_clock
from bot.playground.server import Playground
from bot.playground.workspace import Workspace

__all__ = ["Channel", "Message", "Playground", "User", "View", "Workspace", "real_clock"]
