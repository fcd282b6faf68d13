"""What the app's answers do: the body of an ack, and what it posts to a response_url.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.playground.app import RESPONSE_URL_USES, Refusal, ResponseUrl, SlackApp
from bot.playground.blocks import with_ids
from bot.playground.deliveries import Ack
from bot.playground.limits import check_message, check_view
from bot.playground.methods_views import MOST_VIEWS
from bot.playground.models import Channel, Json, Message, User, View
from bot.playground.workspace import Workspace


@dataclass(eq=False)
class Responses:
    app: SlackApp
    workspace: Workspace

    # slash commands

    def command(self, ack: Ack, user: User, channel: Channel, name: str, response_url: str) -> None:
        """Nothing, plain text, or a message: for the person alone unless it says in_channel."""
        if not ack.ok:
            code = "operation_timeout" if ack.failure == "http_timeout" else "dispatch_failed"
            self.workspace.add_notice(user.id, code, f'{name} failed with the error "{code}"', channel.id)
            return
        if not ack.body.strip():
            return
        message = ack.json() or {"text": ack.body.decode("utf-8", "replace")}
        if not message.get("text") and not message.get("blocks"):
            return
        url = self.app.response_urls[response_url.rsplit("/", 1)[-1]]
        errors = self._say(message, url)
        if errors:
            self.workspace.add_notice(
                user.id, "invalid_blocks", f'{name} failed with the error "invalid_blocks"', channel.id
            )

    def _say(self, body: Json, url: ResponseUrl) -> list[str]:
        """Posts what the app answered; returns what Slack would not take."""
        blocks = body.get("blocks") or []
        if isinstance(blocks, str):
            blocks = json.loads(blocks)
        errors = check_message(blocks)
        if errors:
            self.app.refusals.append(Refusal(where="response", errors=errors, payload=body))
            return errors
        blocks = with_ids(blocks, lambda: self.workspace.new_id("b"))
        text = str(body.get("text") or "")
        channel = self.workspace.channels[url.channel]
        message: Message
        if body.get("response_type") == "in_channel":
            message = self.workspace.add_message(
                channel,
                user=self.workspace.bot.id,
                bot_id=self.workspace.bot_id,
                text=text,
                blocks=blocks,
                thread_ts=str(body.get("thread_ts") or ""),
                metadata=body.get("metadata"),
            )
        else:
            message = self.workspace.add_ephemeral(
                channel, user=url.user, text=text, blocks=blocks, thread_ts=str(body.get("thread_ts") or "")
            )
        url.original = url.original or message
        return []

    # actions and views

    def action(self, ack: Ack, user: User, channel_id: str) -> None:
        """The body of an answer to block_actions is not read; a failure is shown beside what was pressed."""
        if not ack.ok:
            code = "operation_timeout" if ack.failure == "http_timeout" else "dispatch_failed"
            text = "This app did not respond in time. Try again?" if code == "operation_timeout" else (
                f"This app responded with Status Code {ack.status}." if ack.status else "This app could not be reached."
            )  # fmt: skip
            self.workspace.add_notice(user.id, code, text, channel_id)

    def submission(self, ack: Ack, user: User, view: View) -> dict[str, str]:
        """https://docs.slack.dev/surfaces/modals: close, errors, update, push, clear. Returns errors by block_id."""
        if not ack.ok:
            code = "operation_timeout" if ack.failure == "http_timeout" else "dispatch_failed"
            self.workspace.add_notice(user.id, code, "We had some trouble connecting. Try again?")
            return {}
        answer = ack.json()
        match answer.get("response_action"):
            case None:
                self.workspace.close_view(view)
            case "clear":
                self.workspace.clear_views(user.id)
            case "errors":
                return self._errors(answer.get("errors"), user, view)
            case "update" | "push" as how:
                self._next_view(how, answer.get("view"), user, view)
            case other:
                self._broken(user, [f"unknown response_action: {other}"], answer)
        return {}

    def _errors(self, errors: object, user: User, view: View) -> dict[str, str]:
        inputs = {str(block.get("block_id")) for block in view.blocks if block.get("type") == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            self._broken(user, ["errors must name input blocks of this view"], {"errors": errors})
            return {}
        view.errors = {str(block_id): str(sentence) for block_id, sentence in errors.items()}
        self.workspace.tell("view", user=user.id)
        return view.errors

    def _next_view(self, how: str, payload: Json | None, user: User, view: View) -> None:
        errors = check_view(payload)
        if how == "push" and len(self.workspace.modals.get(user.id, [])) >= MOST_VIEWS:
            errors.append("push_limit_reached")
        if errors or payload is None:
            self._broken(user, errors, payload or {})
            return
        ready = payload | {"blocks": with_ids(payload["blocks"], lambda: self.workspace.new_id("b"))}
        if how == "push":
            self.workspace.add_view(user.id, ready, push=True)
        else:
            self.workspace.change_view(view, ready)

    def _broken(self, user: User, errors: list[str], payload: Json) -> None:
        self.app.refusals.append(Refusal(where="view_submission", errors=errors, payload=payload))
        self.workspace.add_notice(user.id, "invalid_response", "We had some trouble connecting. Try again?")


async def take_response(app: SlackApp, request: Request) -> Response:
    """A post to a response_url: "up to 5 times within 30 minutes"."""
    url = app.response_urls.get(request.path_params["key"])
    if url is None:
        return PlainTextResponse("invalid_url", 404)
    if url.workspace.clock() > url.expires:
        return PlainTextResponse("expired_url", 404)
    if url.uses >= RESPONSE_URL_USES:
        return PlainTextResponse("used_url", 404)
    try:
        body = json.loads(await request.body())
    except ValueError:
        return PlainTextResponse("invalid_payload", 400)
    if not isinstance(body, dict):
        return PlainTextResponse("invalid_payload", 400)
    refusal = _apply(Responses(app, url.workspace), url, body)
    if refusal:
        return PlainTextResponse(refusal, 404 if refusal == "message_not_found" else 400)
    url.uses += 1
    return PlainTextResponse("ok")


def _apply(responses: Responses, url: ResponseUrl, body: Json) -> str:
    """Returns the reason for a refusal, or nothing."""
    workspace = responses.workspace
    if body.get("delete_original"):
        if url.original is None or not _still_there(workspace, url):
            return "message_not_found"
        workspace.remove(url.original)
        url.original = None
        return ""
    if not body.get("text") and not body.get("blocks"):
        return "no_text"
    if body.get("replace_original") and url.original is not None and _still_there(workspace, url):
        blocks = body.get("blocks") or []
        errors = check_message(blocks)
        if errors:
            responses.app.refusals.append(Refusal(where="response_url", errors=errors, payload=body))
            return "invalid_blocks"
        blocks = with_ids(blocks, lambda: workspace.new_id("b"))
        workspace.change(url.original, text=str(body.get("text") or ""), blocks=blocks, by=workspace.bot_id)
        return ""
    return "invalid_blocks" if responses._say(body, url) else ""  # noqa: SLF001 — one module


def _still_there(workspace: Workspace, url: ResponseUrl) -> bool:
    original = url.original
    return (
        original is not None
        and workspace.find_message(original.channel, original.ts, seen_by=url.user) is original
    )
