"""Where a person can be reached."""

from bot.domain.people import Address, Person
from storage.workspaces import Settings


def address_of(person: Person, settings: Settings | None = None) -> Address | None:
    """The address a person wished for, else the one last used (storage keeps that one first); None: matched with nobody yet."""
    wish = settings.wishes.get(person.id) if settings is not None else None
    if wish is not None and wish.platform:
        for address in person.addresses:
            if address.platform == wish.platform:
                return address
    return person.addresses[0] if person.addresses else None
