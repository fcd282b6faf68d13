"""What can be wrong with a set-up, each with a code: one sentence what it is, one what to do about it.

`docs/errors.md` is this table as a page; a test holds them equal. Sentences name what was found, never a secret.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, in words for whoever runs the program."""

    code: str
    #: What is wrong.
    what: str
    #: The one thing to do.
    fix: str

    def __str__(self) -> str:
        return f"{self.code}: {self.what}"


class SetupError(Exception):
    """The program cannot go on as it is set up."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


#: Code → what is wrong, what to do. `{…}` is filled in by whoever found it.
FAULTS: dict[str, tuple[str, str]] = {
    # The machine and its settings.
    "PL-001": (
        "{name} is not a setting{meant}",
        "Rename it to the name that is meant, or remove it, in the environment or in .env.",
    ),
    "PL-002": ("{name} cannot be read: {why}.", "Correct its value in the environment or in .env."),
    "PL-003": ("{path} can be read by others on this machine.", "Run: chmod 600 {path}"),
    "PL-004": ("{path} is no text in UTF-8.", "Save it as UTF-8, or remove it and run: pilotlight init"),
    "PL-005": (
        "{name} stands in .env and, with another value, in the environment, which wins.",
        "Remove one of the two: unset {name}, or delete its line in .env.",
    ),
    "PL-006": ("This is Python {found}; 3.11 or later is needed.", "Install Python 3.11 and begin again."),
    "PL-007": ("The package {name} is missing.", "Run: pip install -r requirements.txt"),
    "PL-008": (
        "{name} has a blank, a quotation mark or a line break around its value.",
        "Remove it from the value, in the environment or in .env.",
    ),
    "PL-009": ("Nothing is set up to talk to: neither Slack nor Teams.", "Run: pilotlight init"),
    # What was pasted.
    "PL-010": (
        "This is an app-level token (xapp-), and the bot token (xoxb-) is asked for here: the two are swapped.",
        "Copy the Bot User OAuth Token from OAuth & Permissions; the other one is asked for next.",
    ),
    "PL-011": (
        "This is a bot token (xoxb-), and the app-level token (xapp-) is asked for here: the two are swapped.",
        "Make one under Basic Information → App-Level Tokens, with the scope connections:write.",
    ),
    "PL-012": (
        "This is a person's token (xoxp-), which would act in that person's name.",
        "Copy the Bot User OAuth Token, which begins with xoxb-, from OAuth & Permissions.",
    ),
    "PL-013": (
        "This is {found}, not {wanted}.",
        "Copy {wanted} from {where}.",
    ),
    "PL-014": (
        "There is a blank or a line break within the value: it was cut in two, or two were pasted together.",
        "Copy it again as one piece.",
    ),
    # What Slack says.
    "PL-016": (
        "Slack does not know this token ({reason}).",
        "Copy it again, whole, from {where}; a token that was regenerated replaces the former one.",
    ),
    "PL-017": (
        "Slack knew this token once and has revoked it ({reason}).",
        "Open OAuth & Permissions at https://api.slack.com/apps, press Reinstall to Workspace and use the new token.",
    ),
    "PL-018": (
        "Slack has not granted {scopes}; granted are {granted}.",
        "Add {scopes} under OAuth & Permissions → Bot Token Scopes at https://api.slack.com/apps, then press Reinstall to Workspace.",
    ),
    "PL-019": (
        "The app-level token lacks the scope connections:write.",
        "Make a new one under Basic Information → App-Level Tokens, and add connections:write.",
    ),
    "PL-020": (
        "Socket Mode is switched off in the app's settings ({reason}).",
        "Switch it on under Socket Mode at https://api.slack.com/apps, or set SLACK_MODE=http.",
    ),
    "PL-021": (
        "This machine's clock is {seconds} seconds {way} Slack's: signatures fail and messages come at the wrong time.",
        "Set the clock by the network, for example: sudo timedatectl set-ntp true",
    ),
    "PL-022": (
        "The token is for the workspace {found}, and this registry belongs to {known}.",
        "Use the token of {known}, or another DATABASE_URL for {found}.",
    ),
    "PL-023": (
        "The two tokens belong to different apps: the bot's to {bot}, the app-level one to {app}.",
        "Take both from the same app at https://api.slack.com/apps.",
    ),
    "PL-024": (
        "Slack cannot be reached at {url} ({reason}).",
        "Check the network, HTTPS_PROXY and SLACK_API_URL, then try again.",
    ),
    "PL-025": (
        "Whatever answers at {url} is not Slack's Web API.",
        "Unset SLACK_API_URL, or point it at a base that ends in /api/.",
    ),
    "PL-026": (
        "This is no signing secret: {found}.",
        "Copy the Signing Secret, 32 letters and digits, from Basic Information → App Credentials.",
    ),
    "PL-027": (
        "This installation is for a whole Enterprise organisation, which Pilotlight does not take.",
        "Install the app into the one workspace where the pilots are, and use that token.",
    ),
    "PL-028": (
        "Without im:history typed replies are not heard, and a message in doubt cannot be looked up; buttons and commands work.",
        "If that is not meant: add im:history under OAuth & Permissions, then press Reinstall to Workspace.",
    ),
    "PL-029": (
        "Slack's socket failed three times in a row: {reason}. The process ends, so that the host starts it again.",
        "If it happens again, run: pilotlight doctor",
    ),
    # How Slack finds us.
    "PL-030": (
        "PUBLIC_URL is {url}, which only this machine can open.",
        "Set the https address that Slack can reach, or use Socket Mode: set SLACK_APP_TOKEN instead.",
    ),
    "PL-031": ("PUBLIC_URL begins with http://, and Slack takes https:// only.", "Set PUBLIC_URL={better}"),
    "PL-032": (
        "PUBLIC_URL has more than the host in it: {extra}.",
        "Set PUBLIC_URL={better}; the paths are added by themselves.",
    ),
    "PL-033": (
        "Nothing answers at {url} ({reason}).",
        "Start Pilotlight there, or correct PUBLIC_URL; a proxy must pass on /slack/events.",
    ),
    "PL-034": (
        "{url} answers {status} to an unsigned request, where Pilotlight answers 401.",
        "Point PUBLIC_URL, or the proxy, at Pilotlight; the path /slack/events must arrive unchanged.",
    ),
    "PL-035": (
        "Slack over HTTP needs SLACK_SIGNING_SECRET, and it is not set.",
        "Set it from Basic Information → App Credentials, or set SLACK_APP_TOKEN for Socket Mode.",
    ),
    "PL-036": (
        "SLACK_MODE=socket needs SLACK_APP_TOKEN, and it is not set.",
        "Set the app-level token (xapp-), or remove SLACK_MODE.",
    ),
    "PL-037": (
        "{present} is set and {absent} is not: installing into other workspaces needs both.",
        "Set {absent} from Basic Information → App Credentials, or remove {present}.",
    ),
    "PL-038": (
        "Installing into other workspaces needs {absent}.",
        "Set it; PILOTLIGHT_KEYS is made by: pilotlight init",
    ),
    "PL-039": (
        "{present} is set, and the bot token SLACK_BOT_TOKEN is not.",
        "Set SLACK_BOT_TOKEN as well (OAuth & Permissions → Bot User OAuth Token), or run: pilotlight init",
    ),
    # The memory.
    "PL-040": (
        "DATABASE_URL is of no database that Pilotlight knows.",
        "Set sqlite:///pilotlight.db or postgresql://user:password@host/name",
    ),
    "PL-041": ("The database does not answer ({reason}).", "Start it, or correct DATABASE_URL."),
    "PL-042": (
        "The registry would be lost at the next restart: {path} lies on a disk that {why} throws away.",
        "Set DATABASE_URL to a PostgreSQL database, or to a file on a volume that stays.",
    ),
    "PL-043": (
        "The database's folder cannot be written: {path}.",
        "Make the folder writable for this user, or set another DATABASE_URL.",
    ),
    "PL-044": (
        "The database was made by a newer Pilotlight than this one.",
        "Install that version again, or restore the backup from before the upgrade.",
    ),
    "PL-045": ("{path} is no database.", "Move the file away, or set another DATABASE_URL."),
    "PL-046": ("The database is not at this version's schema yet.", "Run: pilotlight migrate"),
    "PL-047": (
        "The database lies inside a container without a volume: it goes when the container goes.",
        "Mount a volume and point DATABASE_URL at a file on it.",
    ),
    # Keys.
    "PL-050": (
        "PILOTLIGHT_KEYS cannot be used: {why}.",
        "Set the keys as they were made, newest first, separated by commas; `pilotlight init` makes one.",
    ),
    "PL-051": (
        "{tokens} cannot be read: PILOTLIGHT_KEYS holds another key than the one they were encrypted with.",
        "Add the key that they were encrypted with to PILOTLIGHT_KEYS, or install the app again in those workspaces.",
    ),
    "PL-052": (
        "{tokens} cannot be read: PILOTLIGHT_KEYS is not set.",
        "Set PILOTLIGHT_KEYS to the key that was set when they were stored.",
    ),
    "PL-053": (
        "Not encrypted with the newest key yet: {tokens}.",
        "Run: pilotlight rotate-keys",
    ),
    # Its door.
    "PL-055": (
        "Nothing can be served at {where} ({reason}).",
        "Take another PORT (PORT=8001 pilotlight run, or demo --port 0), or end whatever listens there.",
    ),
    # The work.
    "PL-059": (
        "{repository} has more files than are read: what was not seen there counts neither for nor against.",
        "Let the pilot's link name its folder: /pilot edit NAME repo ADDRESS/tree/main/FOLDER.",
    ),
    "PL-060": ("No channel is chosen for the weekly digest.", "In Slack type /pilot settings and pick one."),
    "PL-061": (
        "The last digest did not reach its channel ({reason}).",
        "In that channel type /invite @Pilotlight, or pick another one in /pilot settings.",
    ),
    "PL-062": (
        "Nobody is admin yet.",
        "Start Pilotlight, then type in Slack what it prints: /pilot claim and the code.",
    ),
    "PL-063": (
        "{pilots} should have been looked at {minutes} minutes ago.",
        "Start Pilotlight: pilotlight run, or the worker process of the host.",
    ),
    "PL-064": ("HEARTBEAT_URL does not answer ({reason}).", "Correct the address, or remove HEARTBEAT_URL."),
    "PL-065": (
        "Of the repositories {count} could not be asked; the first is {repository} ({problem}).",
        "Give the token read access to it, or correct the pilot's link: /pilot edit NAME repo ADDRESS.",
    ),
    # Installing through Slack's pages.
    "PL-066": (
        "{present} is set and {absent} is not: e-mail needs both.",
        "Set {absent}, or remove {present}.",
    ),
    "PL-067": (
        "SMTP_URL or SMTP_FROM cannot be used: it takes {why}.",
        "Correct both in the environment or in .env, or remove them: e-mail is never needed.",
    ),
    "PL-068": (
        "E-mail is set up, and the package it needs is missing.",
        'Run: pip install "pilotlight[email]", or remove SMTP_URL and SMTP_FROM.',
    ),
    "PL-069": (
        "The mail server does not take us ({reason}).",
        "Correct SMTP_URL, or remove SMTP_URL and SMTP_FROM: e-mail is never needed.",
    ),
    "PL-070": (
        "The installation was cancelled in Slack.",
        "Open PUBLIC_URL/slack/install again; where only admins approve apps, ask one to.",
    ),
    "PL-071": (
        "The installation did not begin here, was used twice, or took more than ten minutes.",
        "Begin again at PUBLIC_URL/slack/install, in one browser.",
    ),
    "PL-072": ("Slack no longer knows this installation's code.", "Begin again at PUBLIC_URL/slack/install."),
    "PL-073": (
        "Slack expects another return address than PUBLIC_URL/slack/oauth_redirect.",
        "Enter exactly that under OAuth & Permissions → Redirect URLs.",
    ),
    "PL-074": (
        "Slack does not accept SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.",
        "Copy both again from Basic Information → App Credentials.",
    ),
    # Setting it up.
    "PL-080": ("The input ended before everything was answered.", "Run pilotlight init again in a terminal."),
    "PL-081": (
        "{path} cannot be written ({reason}).",
        "Make the folder writable, or run init in another one.",
    ),
    # The verbs.
    "PL-090": ("There is no workspace {name}; there are: {known}.", "Name one of them with --workspace."),
    "PL-091": ("There are several workspaces: {known}.", "Name one of them with --workspace."),
    "PL-092": (
        "This manifest needs to know where Slack reaches you.",
        "Set PUBLIC_URL, or use Socket Mode: set SLACK_APP_TOKEN.",
    ),
    "PL-093": (
        "TEAMS_APP_ID is not set, or no id.",
        "Copy it from the bot's registration; this shows where: pilotlight init --teams",
    ),
    "PL-094": (
        "PUBLIC_URL must be the https address of this installation, and it is not.",
        "Set it, for example PUBLIC_URL=https://pilots.example.com",
    ),
    "PL-095": (
        "{path}, line {number} cannot be read.",
        "Write each line as JSON with the fields n and text.",
    ),
    "PL-096": (
        "{problems}: nothing was imported.",
        "Correct and import again; --dry-run shows the result first.",
    ),
    "PL-097": ("There is no file {path}.", "Check the path."),
    "PL-098": ("{path} cannot be read ({reason}).", "Give a text file in UTF-8."),
    "PL-099": (
        "Who is to be erased is not clear. {why}",
        "Give the full name, handle, e-mail or id; pilotlight export --format json lists everybody.",
    ),
    "PL-100": ("Nothing was erased.", "Answer yes, or give --yes."),
    "PL-101": (
        "{count} rows of the audit record were emptied, and erasures account for {known}.",
        "Compare with a backup: somebody changed the record beside the program.",
    ),
    "PL-102": (
        "Row {row} of {rows} of the audit record is not what was written.",
        "Compare with a backup: somebody changed the record beside the program.",
    ),
    "PL-103": ("Nobody knows which pilot is meant. {why}", "See them all with: pilotlight replay"),
    "PL-104": ("{path} cannot be written ({reason}).", "Make room there, and the folder writable."),
    # Copies, and putting them back.
    "PL-110": ("{path} is there already.", "Give a new name: a backup never overwrites another."),
    "PL-111": ("There is no folder {path}.", "Make it first."),
    "PL-112": ("{path} cannot be read ({reason}).", "Check the path, or move what is there away first."),
    "PL-113": (
        "{path} is a backup of {found}, and DATABASE_URL names the other.",
        "Put it back where it came from; between engines go with: pilotlight export, then pilotlight import",
    ),
    "PL-114": ("{path} is no backup.", "Give a file that `pilotlight backup FILE` wrote."),
    "PL-115": ("A database in memory has no backup.", "Let DATABASE_URL name a file."),
    "PL-116": ("There is no database {path}.", "Check DATABASE_URL and the working folder."),
    "PL-117": ("The copy could not be made: {reason}.", "Make room there, and the folder writable."),
    "PL-118": ("{path} is damaged: {reason}.", "Take an older backup."),
    "PL-119": ("{path} is no database of Pilotlight.", "Check the path."),
    "PL-120": (
        "{path} holds a registry already.",
        "Stop Pilotlight, move that file away, then put the backup back: nothing is overwritten.",
    ),
    "PL-121": ("{path} is left of another database.", "Stop Pilotlight and move it away as well."),
    "PL-122": (
        "The database {name} holds something already.",
        "Stop Pilotlight and let DATABASE_URL name a new, empty database: nothing is overwritten.",
    ),
    "PL-123": (
        "{program} is not installed here.",
        "Install PostgreSQL's client programs (apt install postgresql-client), or use the host's own backups.",
    ),
    "PL-124": (
        "{program}: {said}",
        "Is it of the server's version or newer, and may the user read every table?",
    ),
    "PL-125": (
        "The backup is of a newer version of Pilotlight.",
        "Put it back with that version, or a newer one.",
    ),
    # Workbooks.
    "PL-130": (
        "Reading a workbook needs one package more.",
        'Run: pip install "pilotlight[xlsx]", or save the sheet as CSV UTF-8 and import that.',
    ),
    "PL-131": ("{path} is larger than {most} MB.", "Save the sheet as CSV UTF-8 and import that."),
    "PL-132": (
        "{path} cannot be read as a workbook.",
        "Open it, save it again as .xlsx, or save the sheet as CSV UTF-8, and import that.",
    ),
    "PL-133": (
        "{path} holds more than {most} MB when it is unpacked.",
        "Save the sheet as CSV UTF-8 and import that.",
    ),
    "PL-134": ("{path} is locked with a password.", "Take the password away, and import it again."),
    "PL-135": ("{path} has no visible sheet.", "Show the sheet with the pilots, and save it again."),
}


def fault(code: str, **given: object) -> Fault:
    """One of the table, with what was found."""
    what, fix = FAULTS[code]
    return Fault(code, what.format(**given), fix.format(**given))


def page() -> str:
    """The table as `docs/errors.md`."""
    lines = [
        "# Errors",
        "",
        "Each message that stops the set-up, the start or a verb has a code. Here is what it means and the one thing to do.",
        "`{…}` stands for what was found. Wrong usage ends with 2 and says the right one; what is refused in chat says in its own",
        "sentence what to do.",
        "",
    ]
    for code, (what, fix) in FAULTS.items():
        lines += [f"## {code}", "", what, "", f"**Do this:** {fix}", ""]
    return "\n".join(lines)
