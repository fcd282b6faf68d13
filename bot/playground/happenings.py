"""What happens to people, channels and the installation, and the events that tell the app of it.

https://docs.slack.dev/reference/events
"""

from typing import Any

from bot.playground.app import SlackApp
from bot.playground.deliveries import Deliveries, EventDelivery
from bot.playground.models import Channel, Json, User
from bot.playground.payloads import channel_json, epoch, user_json
from bot.playground.workspace import Workspace

Who = User | str
Where = Channel | User | str


class Happenings:
    def __init__(self, app: SlackApp, workspace: Workspace, deliveries: Deliveries) -> None:
        self.app = app
        self.workspace = workspace
        self.deliveries = deliveries

    async def deactivate(self, who: Who) -> EventDelivery | None:
        return await self.change(who, deleted=True)

    async def change(self, who: Who, **fields: Any) -> EventDelivery | None:
        """Name, zone, guest, deactivated …: user_change with the new user object."""
        user = self.workspace.person(who)
        for name, value in fields.items():
            setattr(user, name, value)
        user.updated = epoch(self.workspace.clock())
        self.workspace.tell("user", user=user.id)
        return await self.deliveries.event({"type": "user_change", "user": self._user_json(user)})

    async def join_team(self, name: str, **fields: Any) -> User:
        user = self.workspace.add_user(name, **fields)
        await self.deliveries.event({"type": "team_join", "user": self._user_json(user)})
        return user

    async def join(self, who: Who, where: Where, *, inviter: Who | None = None) -> EventDelivery | None:
        """A person, or the app by `workspace.bot`, becomes a member: `/invite @app`."""
        return await self._membership("member_joined_channel", who, where, inviter)

    async def leave(self, who: Who, where: Where) -> EventDelivery | None:
        return await self._membership("member_left_channel", who, where, None)

    async def _membership(
        self, kind: str, who: Who, where: Where, inviter: Who | None
    ) -> EventDelivery | None:
        user, channel = self.workspace.person(who), self.workspace.channel(where)
        if kind == "member_joined_channel" and user.id not in channel.members:
            channel.members.append(user.id)
        if kind == "member_left_channel" and user.id in channel.members:
            channel.members.remove(user.id)
        self.workspace.tell("channel", channel=channel.id)
        event: Json = {
            "type": kind,
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.type == "private_channel" else "C",
            "team": self.workspace.team_id,
        }
        if inviter is not None:
            event["inviter"] = self.workspace.person(inviter).id
        return await self.deliveries.event(event)

    async def archive(
        self, where: Where, by: Who | None = None, *, archived: bool = True
    ) -> EventDelivery | None:
        channel = self.workspace.archive(self.workspace.channel(where), archived=archived)
        user = self.workspace.person(by).id if by is not None else ""
        kind = "channel_archive" if archived else "channel_unarchive"
        return await self.deliveries.event({"type": kind, "channel": channel.id, "user": user})

    async def rename(self, where: Where, name: str) -> EventDelivery | None:
        channel = self.workspace.channel(where)
        channel.name = name.removeprefix("#")
        self.workspace.tell("channel", channel=channel.id)
        return await self.deliveries.event(
            {"type": "channel_rename", "channel": channel_json(self.workspace, channel)}
        )

    async def uninstall(self) -> None:
        """app_uninstalled and tokens_revoked, "in no guaranteed order"; every token of the workspace dies."""
        for installation in self.app.installations.values():
            if installation.workspace is self.workspace:
                installation.dead = "account_inactive"
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.workspace.bot.id]}}
        await self.deliveries.event(revoked)
        await self.deliveries.event({"type": "app_uninstalled"})

    def _user_json(self, user: User) -> Json:
        installation = self.app.installation(self.workspace)
        with_email = installation is not None and "users:read.email" in installation.scopes
        return user_json(self.workspace, user, with_email=with_email)
