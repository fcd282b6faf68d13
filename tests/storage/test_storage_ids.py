"""Names that nobody else gives out: not another thread, not a forked process."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

from storage.ids import new_id

COUNT = 300


def test_names_are_twelve_hexadecimal_characters_and_never_the_same() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: new_id(), range(4 * COUNT)))
    assert len(set(made)) == 4 * COUNT
    assert all(re.fullmatch("[0-9a-f]{12}", one) for one in made)


def test_a_forked_process_gives_out_names_of_its_own() -> None:
    new_id()  # so that this process has some in stock
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, " ".join(new_id() for _ in range(COUNT)).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as told:
        made = told.read().split()
    os.waitpid(child, 0)
    assert len(made) == COUNT
    assert not set(made) & {new_id() for _ in range(COUNT)}
