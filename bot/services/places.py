"""Where a person can be reached."""

from bot.domain.people import Address, Person


def address_of(person: Person) -> Address | None:
    """The address a person last used (storage keeps that one first); None: matched with nobody yet."""
    return person.addresses[0] if person.addresses else None
