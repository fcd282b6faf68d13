"""Privacy from chat: what is stored about the asker, all of it, and erasing: oneself, and for the admin anybody or all."""

from collections.abc import Mapping

from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.domain.roles import Action
from bot.messages import privacy as words
from bot.services import erasing, find
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import people, pilots

_Fields = Mapping[str, str]


def show(context: Context) -> Reply:
    """What is stored about the asker, for how long, who sees it."""
    about = erasing.about(context.conn, context.workspace.id, _whole(context))["rows"]
    admins = {one.id for one in people.admins(context.conn, context.workspace.id)}
    return Reply(
        message=words.privacy(
            {table: len(rows) for table, rows in about.items()},
            admin=context.admin,
            keep_days=context.workspace.settings.keep_messages_days,
            called=context.actor.name,
            only_admin=admins == {context.actor.id},
        )
    )


def everything(context: Context, page: str = "") -> Reply:
    """All of it, row by row, a page at a time."""
    about = erasing.about(context.conn, context.workspace.id, _whole(context))["rows"]
    return Reply(message=words.everything(about, int(page) if page.isdecimal() and len(page) < 6 else 0))


def _whole(context: Context) -> Person:
    """The actor with every address of theirs."""
    known = people.get(context.conn, context.workspace.id, context.actor.id)
    return known if known is not None else context.actor


def form_me(context: Context) -> Reply:
    """Opens the form of the asker themselves."""
    return Reply(form=words.erase_me(_owned(context, context.actor)))


def _owned(context: Context, person: Person) -> int:
    held = pilots.in_role(context.conn, context.workspace.id, "owner", [person.id])
    return len(held.get(person.id, []))


def form_person(context: Context) -> Reply:
    """Opens the form in which the admin names somebody."""
    context.require(Action.CONFIGURE)
    return Reply(form=words.erase_person())


def form_workspace(context: Context) -> Reply:
    """Opens the form that ends a workspace."""
    context.require(Action.CONFIGURE)
    here = context.workspace.id
    return Reply(
        form=words.erase_workspace(pilots.count(context.conn, here), len(people.all_of(context.conn, here)))
    )


def erase_me(context: Context, args: _Fields, fields: _Fields) -> Reply:  # noqa: ARG001 - the shape of every form
    """Erases whoever sends it.

    Raises:
        UserError: the word was not typed.

    """
    _meant(fields)
    return told(words.erased_you(_erase(context, _whole(context))))


def erase_person(context: Context, args: _Fields, fields: _Fields) -> Reply:  # noqa: ARG001 - likewise
    """Erases somebody for the admin.

    Raises:
        UserError: on the field it belongs to; whoever is not the admin.

    """
    context.require(Action.CONFIGURE)
    _meant(fields)
    if not fields.get("person", "").strip():
        raise UserError("Pick the person who should be erased.", field="person")
    person = find.person(context, fields["person"], field="person", may_be_new=False)
    whole = people.get(context.conn, context.workspace.id, person.id)
    return told(words.erased(person.name, _erase(context, whole if whole is not None else person)))


def erase_workspace(context: Context, args: _Fields, fields: _Fields) -> Reply:  # noqa: ARG001 - likewise
    """Erases the workspace for the admin.

    Raises:
        UserError: the word was not typed; whoever is not the admin.

    """
    context.require(Action.CONFIGURE)
    _meant(fields)
    gone = erasing.erase_workspace(context.conn, context.workspace.id)
    context.changes.clear()  # nothing is left that could hold an audit row
    return told(words.erased_workspace(sum(gone.values())))


def _meant(fields: _Fields) -> None:
    if fields.get(words.WORD, "").strip().strip("“”\"'").casefold() != words.WORD:
        raise UserError(f"Type {words.WORD} here, or close the form: nothing was erased.", field=words.WORD)


def _erase(context: Context, person: Person) -> int:
    done = erasing.erase_person(
        context.conn,
        context.workspace.id,
        person,
        by=context.actor.id,
        surface=context.surface,
        now=context.now,
    )
    return sum(done.rows.values())
