"""What each button means: the verbs that `messages` writes into them."""

from collections.abc import Callable, Mapping

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.pilot import Pilot
from bot.domain.record import ANSWERS
from bot.domain.roles import Action, May
from bot.messages import forms
from bot.messages.text import to_type
from bot.services import (
    checkins,
    deciding,
    decisions,
    digests,
    find,
    handovers,
    home,
    postponing,
    privacy,
    promises,
    pulses,
    quiet,
    readiness,
    register,
    report,
    running,
    settings,
    stages,
    story,
    trying,
)
from bot.services.context import Context
from bot.services.incoming import Reply
from storage import asks
from storage.asks import Ask

_Args = Mapping[str, str]
_OLD = f"That button is from an older message. Type {to_type('home')} to see what is open now."


def press(context: Context, command: commands.Pressed) -> Reply:
    """One press.

    Raises:
        UserError: the question is gone, or somebody else may answer it.

    """
    verb = _VERBS.get(command.verb)
    if verb is None:
        raise UserError(_OLD)
    return verb(context, command.args)


def _ask(context: Context, args: _Args) -> Ask:
    ask = asks.get(context.conn, context.workspace.id, args.get("ask", ""))
    if ask is None:
        raise UserError(f"That question is gone. Type {to_type('home')} to see what is open now.")
    if ask.state not in ("in_message", "waiting"):
        raise UserError(
            f"This was answered already: {ask.answer}" if ask.answer else "This was settled in the meantime."
        )
    return ask


def _about(context: Context, args: _Args) -> tuple[Pilot, str]:
    """The pilot a button is about, by its ask or by its id."""
    if "ask" in args:
        ask = _ask(context, args)
        return find.pilot(context, ask.pilot_id), ask.id
    return find.pilot(context, args.get("pilot", "")), ""


def _answer(context: Context, args: _Args) -> Reply:
    status = next((one for one in ANSWERS if one.value == args.get("status")), None)
    if status is None:
        raise UserError(_OLD)
    return checkins.tap(context, _ask(context, args), status)


def _form_check_in(context: Context, args: _Args) -> Reply:
    pilot, ask = _about(context, args)
    return checkins.form(context, pilot, ask, args.get("status", ""))


def _form(build: Callable[..., Reply]) -> Callable[[Context, _Args], Reply]:
    def opened(context: Context, args: _Args) -> Reply:
        pilot, ask = _about(context, args)
        return build(context, pilot, ask)

    return opened


def _wrong(context: Context, args: _Args) -> Reply:
    return checkins.wrong(context, _ask(context, args), "")


def _on_it(context: Context, args: _Args) -> Reply:
    return checkins.on_it(context, _ask(context, args))


def _yes(args: _Args) -> bool:
    return args.get("yes") == "yes"


def _back(context: Context, args: _Args) -> Reply:
    ask = _ask(context, args)
    if ask.details.get("gate", "G1") != "G1":
        return running.decided(context, ask, agreed=_yes(args))
    return stages.back(context, ask, agreed=_yes(args))


def _take_over(context: Context, args: _Args) -> Reply:
    return handovers.accept(context, _ask(context, args), agreed=_yes(args))


def _pulse(context: Context, args: _Args) -> Reply:
    return story.pulse(context, _ask(context, args), still=_yes(args))


def _item(context: Context, args: _Args) -> Reply:
    return readiness.pressed(context, _ask(context, args), args.get("state", "done"))


def _promise(context: Context, args: _Args) -> Reply:
    return promises.pressed(context, _ask(context, args))


def _promise_form(context: Context, args: _Args) -> Reply:
    return postponing.form(context, _ask(context, args))


def _run(context: Context, args: _Args) -> Reply:
    return running.answer(context, _ask(context, args), agreed=_yes(args))


def _gate_pass(context: Context, args: _Args) -> Reply:
    return deciding.decide(context, _ask(context, args))


def _decide_form(context: Context, args: _Args) -> Reply:
    return deciding.form(context, _ask(context, args))


def _confirm(context: Context, args: _Args) -> Reply:
    return story.confirm(context, _ask(context, args), really=_yes(args))


def _acknowledge(context: Context, args: _Args) -> Reply:
    return decisions.acknowledge(context, _ask(context, args), agreed=_yes(args))


def _tell_me(context: Context, args: _Args) -> Reply:
    return story.tell_me(context, args.get("pilot", ""))


def _entry(args: _Args) -> int:
    """The number of an entry, as a button carries it."""
    number = args.get("entry", "")
    if not number.isdecimal() or len(number) > 9:
        raise UserError(_OLD)
    return int(number)


def _undo(context: Context, args: _Args) -> Reply:
    return checkins.undo(context, args.get("pilot", ""), _entry(args))


def _undo_decision(context: Context, args: _Args) -> Reply:
    return decisions.undo_decision(context, args.get("pilot", ""), _entry(args))


def _merge_accept(context: Context, args: _Args) -> Reply:
    return decisions.accept_merge(context, _ask(context, args), agreed=_yes(args))


def _choose_metric(context: Context, args: _Args) -> Reply:
    pilot = find.pilot(context, args.get("pilot", ""))
    return register.set_metric(context, pilot.id, pilot.outcome_sentence, args.get("choice", ""))


_snooze_form = _form(
    lambda context, pilot, ask: Reply(form=forms.snooze(pilot, ask=ask, rules=context.rules))
)
_handover_form = _form(lambda _, pilot, ask: Reply(form=forms.handover(pilot, ask=ask)))


def _open_pause(context: Context, pilot: Pilot, ask: str) -> Reply:
    context.require(Action.PAUSE, pilot)
    return Reply(
        form=forms.pause(pilot, ask=ask, today=context.today, calendar=context.calendar, rules=context.rules)
    )


def _open_keep(context: Context, pilot: Pilot, ask: str) -> Reply:
    context.require(Action.PAUSE, pilot)
    return Reply(form=forms.keep(pilot, ask=ask))


def _open_retire(context: Context, pilot: Pilot, ask: str) -> Reply:
    if context.may(Action.RETIRE, pilot) is May.NO:
        context.require(Action.RETIRE, pilot)
    return Reply(form=forms.retire(pilot, ask=ask))


_pause_form = _form(_open_pause)
_keep_form = _form(_open_keep)
_retire_form = _form(_open_retire)
_metric_form = _form(lambda _, pilot, ask: Reply(form=forms.metric(pilot, ask=ask)))


_VERBS: dict[str, Callable[[Context, _Args], Reply]] = {
    trying.VERB: trying.answered,
    "answer": _answer,
    "form_checkin": _form_check_in,
    "form_snooze": _snooze_form,
    "form_handover": _handover_form,
    "form_retire": _retire_form,
    "form_pause": _pause_form,
    "form_keep": _keep_form,
    "form_metric": _metric_form,
    "form_register": lambda context, args: register.form(context, args.get("name", "")),
    "form_gate": lambda context, args: stages.form(context, args.get("pilot", "")),
    "form_settings": lambda context, args: settings.form(context, args.get("section", "")),
    "form_wishes": lambda context, args: home.wishes(context),  # noqa: ARG005
    "log_as_check_in": pulses.form,
    "decide_keep": _keep_form,
    "decide_pause": _pause_form,
    "decide_retire": _retire_form,
    "wrong": _wrong,
    "on_it": _on_it,
    "back": _back,
    "take_over": _take_over,
    "pulse": _pulse,
    "item": _item,
    "promise": _promise,
    "form_promise": _promise_form,
    "run": _run,
    "gate_pass": _gate_pass,
    "form_decide": _decide_form,
    "confirm": _confirm,
    "acknowledge": _acknowledge,
    "tell_me": _tell_me,
    "tell_them": lambda context, args: decisions.tell_them(
        context, args.get("pilot", ""), args.get("what", "")
    ),
    "timeline": lambda context, args: story.timeline(context, args.get("pilot", "")),
    "edition": lambda context, args: digests.read(context, args.get("edition", ""), args.get("part", "")),
    "rule_off": lambda context, args: report.switch(context, args.get("rule", ""), off=True),
    "rule_on": lambda context, args: report.switch(context, args.get("rule", ""), off=False),
    "rule_keep": lambda context, args: report.keep(context, args.get("rule", "")),
    "my_data": lambda context, args: privacy.everything(context, args.get("page", "")),
    "form_erase_me": lambda context, _: privacy.form_me(context),
    "form_erase_person": lambda context, _: privacy.form_person(context),
    "form_erase_workspace": lambda context, _: privacy.form_workspace(context),
    "undo": _undo,
    "undo_decision": _undo_decision,
    "merge_accept": _merge_accept,
    "choose_metric": _choose_metric,
    "go_live": lambda context, args: quiet.go_live(context),  # noqa: ARG005
    "keep_quiet": lambda context, args: quiet.keep_quiet(context),  # noqa: ARG005
}
