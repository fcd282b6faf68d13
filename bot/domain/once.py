"""What is worked out when it is first asked for, and then stands: `functools.cached_property` without its lock, which costs more than
most of what we work out. Only for objects that one thread looks at.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
Self = TypeVar("Self")


class once(Generic[T]):  # noqa: N801 - used like `property`
    """A property that is worked out once."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self._name = work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, owner: None, kind: Any = None) -> "once[T]": ...
    @overload
    def __get__(self, owner: object, kind: Any = None) -> T: ...
    def __get__(self, owner: object | None, kind: Any = None) -> "T | once[T]":
        if owner is None:
            return self
        # Found there from now on, before this is asked.
        found = owner.__dict__[self._name] = self._work(owner)
        return found
