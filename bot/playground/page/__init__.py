"""The workspace as a page: it draws what the Web API was given and sends what a person does. It knows nothing of the app."""

from bot.playground.page.host import Host
from bot.playground.page.routes import page_routes

__all__ = ["Host", "page_routes"]
