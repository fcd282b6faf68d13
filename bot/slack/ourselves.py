"""Who we are in a workspace, by Slack's own word: its id and name, our user there.

https://docs.slack.dev/reference/methods/auth.test
"""

from dataclasses import dataclass

from bot.services.chat import ChatError, Trouble
from bot.slack.web_api import WebApi


@dataclass(frozen=True, kw_only=True, slots=True)
class Us:
    """What a bot token opens."""

    team: str
    name: str
    bot_user: str


async def who_we_are(api: WebApi, token: str) -> Us:
    """Asks with the token of the settings, which belongs to one workspace.

    Raises:
        ChatError: Slack does not answer, or does not know the token.
    """
    answer = await api.as_app(token, "auth.test")
    team = answer.get("team_id")
    if not isinstance(team, str) or not team:
        raise ChatError(Trouble.UNCERTAIN, "auth.test: no team in the answer")
    return Us(team=team, name=str(answer.get("team") or ""), bot_user=str(answer.get("user_id") or ""))
