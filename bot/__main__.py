"""``python -m bot`` is ``pilotlight``."""

from bot.cli import main

if __name__ == "__main__":
    main()
