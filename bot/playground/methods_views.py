"""views.*: modals and the Home tab. https://docs.slack.dev/reference/methods/views.open"""

from bot.playground.app import SlackError, Trigger
from bot.playground.calls import Method, MethodCall
from bot.playground.models import Json, View
from bot.playground.payloads import view_json

#: a root and two more on top
MOST_VIEWS = 3


def _redeem(call: MethodCall) -> Trigger:
    trigger_id = call.text("trigger_id") or call.text("interactivity_pointer")
    if not trigger_id:
        raise SlackError("invalid_arguments", "[ERROR] missing required field: trigger_id")
    return call.app.triggers.redeem(trigger_id)


def _free_external_id(call: MethodCall, view: Json, mine: View | None = None) -> None:
    """external_id: "must be unique for all views on a per-team basis"."""
    external_id = str(view.get("external_id") or "")
    known = call.workspace.find_view(external_id=external_id) if external_id else None
    if known is not None and known is not mine:
        raise SlackError("duplicate_external_id")


def _modal(call: MethodCall) -> Json:
    view = call.view()
    if view["type"] != "modal":
        raise SlackError("invalid_arguments", "[ERROR] unsupported type: home [json-pointer:/view/type]")
    return view


def open_view(call: MethodCall) -> Json:
    view = _modal(call)
    _free_external_id(call, view)
    trigger = _redeem(call)
    return {"view": view_json(call.workspace, call.workspace.add_view(trigger.user, view))}


def push(call: MethodCall) -> Json:
    view = _modal(call)
    _free_external_id(call, view)
    trigger = _redeem(call)
    stack = call.workspace.modals.get(trigger.user, [])
    if not any(known.id == trigger.view_id for known in stack):
        raise SlackError("not_found")
    if len(stack) >= MOST_VIEWS:
        raise SlackError("push_limit_reached")
    return {"view": view_json(call.workspace, call.workspace.add_view(trigger.user, view, push=True))}


def update(call: MethodCall) -> Json:
    payload = _modal(call)
    view = call.workspace.find_view(call.text("view_id"), call.text("external_id"))
    if view is None or view.type != "modal":
        raise SlackError("not_found")
    if call.text("hash") not in ("", view.hash):
        raise SlackError("hash_conflict")
    _free_external_id(call, payload, view)
    call.workspace.change_view(view, payload)
    return {"view": view_json(call.workspace, view)}


def publish(call: MethodCall) -> Json:
    if not call.app.home_tab_enabled:
        raise SlackError("not_enabled")
    payload = call.view()
    if payload["type"] != "home":
        raise SlackError("invalid_arguments", "[ERROR] unsupported type: modal [json-pointer:/view/type]")
    user = call.user("user_id")
    known = call.workspace.homes.get(user.id)
    if known is not None and call.text("hash") not in ("", known.hash):
        raise SlackError("hash_conflict")
    _free_external_id(call, payload, known)
    return {"view": view_json(call.workspace, call.workspace.publish_home(user.id, payload))}


METHODS: dict[str, Method] = {
    "views.open": open_view,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
