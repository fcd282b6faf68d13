"""Where it may run afterwards: what each host wants to be told. No secret is printed, only names."""

from collections.abc import Sequence

PROCFILE = (
    "release: python -m bot migrate",
    "web: python -m bot web",
    "work: python -m bot work",
)
#: Name → what to type there, with `{names}` for the variables.
HOSTS: dict[str, tuple[str, ...]] = {
    "here": ("Start it with: pilotlight run",),
    "heroku": (
        "The Procfile is in the repository. Add a database: heroku addons:create heroku-postgresql",
        "Set the variables: heroku config:set {names}",
        "Then: git push heroku main && heroku ps:scale web=1 work=1",
    ),
    "render": (
        "One web service, start command: python -m bot run",
        "Add a PostgreSQL database, and under Environment: {names}",
    ),
    "railway": (
        "One service, start command: python -m bot run",
        "Add PostgreSQL, and under Variables: {names}",
    ),
    "fly": (
        "fly launch --no-deploy, then fly postgres create and fly postgres attach",
        "fly secrets set {names}",
        'One process: [processes] app = "python -m bot run"; then: fly deploy',
    ),
}


def told(host: str, names: Sequence[str]) -> list[str]:
    """What to do on a host; the variables with their values still to be filled in."""
    listed = " ".join(f"{name}=…" for name in names)
    lines = [line.format(names=listed) for line in HOSTS[host]]
    if host == "heroku":
        lines += ["Procfile:", *(f"  {line}" for line in PROCFILE)]
    if host != "here":
        lines.append(
            "The values stand in .env. On a host whose disk vanishes use PostgreSQL: SQLite is refused there."
        )
    return lines
