"""Digest, page and story through the whole program for no pilot, one, a sample, and registries that nobody reads through."""

import re
from pathlib import Path

import pytest

from bot.domain.commands import Happened, ShowDigest
from bot.domain.people import Address, Platform
from bot.messages import digest as words
from bot.messages.model import text_of
from bot.services import digests, dispatch, look
from bot.services.chat import Place
from bot.services.incoming import Incoming
from storage import workspaces
from tests.bench.portfolio import stock
from tests.storage.kit import NOW, OURS
from tests.web.kit import Site, signed_in, site


async def typed(here: Site, command: ShowDigest | Happened, key: str) -> str:
    """What somebody is answered in chat."""
    place = Place(platform=Platform.SLACK, workspace="T1", user="UALICE")
    actor = Address(platform=Platform.SLACK, workspace="T1", user="UALICE")
    reply = await dispatch.handle(
        here.database, {}, Incoming(actor=actor, command=command, key=key, place=place), here.clock()
    )
    assert reply.message is not None
    return text_of(reply.message)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "count", [0, 24, *(pytest.param(count, marks=pytest.mark.trial) for count in (1, 1_000, 10_000))]
)
async def test_digest_page_and_story_keep_their_limits(tmp_path: Path, count: int) -> None:
    with site(tmp_path) as here:
        here.write(lambda conn: stock(conn, count))
        while here.write(lambda conn: look.look(conn, NOW, limit=500)):
            pass
        workspace = here.write(lambda conn: workspaces.get(conn, OURS))
        edition = here.write(lambda conn: digests.edition_of(conn, workspace, NOW))
        posted = text_of(words.post(edition)).split("\n")
        # Alice's own pilot is there beside them.
        assert edition.counts.pilots == count + 1
        assert len(posted) <= words.LINES and len(words.headline(edition)) <= words.HEADLINE
        assert (await typed(here, ShowDigest(), "digest")).startswith(words.headline(edition))
        async with signed_in(here) as browser:
            page = (await browser.get("/")).text
            assert page.count('class="pilot"') == min(count + 1, 50)
            assert page.count('class="decision"') <= 6
            assert len(page) < 300_000
            shown = f"{count + 1:,}"
            assert f'<span class="quiet">{shown}</span>' in page
            for path in ("/survival", "/hindsight", "/?words=No+such"):
                assert (await browser.get(path)).status_code == 200
            for pilot_id in ("P01", *(["X00000"] if count else [])):
                one = (await browser.get(f"/pilots/{pilot_id}")).text
                [told] = re.findall(r'<ul class="story">(.*?)</ul>', one, re.DOTALL)
                assert told.count("<li>") == 6
                answer = await typed(here, Happened(name=pilot_id), f"story-{pilot_id}")
                assert len(answer.split("\n")) <= 8
