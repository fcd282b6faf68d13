"""What `doctor` looks at, one function for each check, by part: the machine, the memory, Slack, the way in, the work.

A part is a module with its `CHECKS`; `bot.setup.doctor` names the parts.
"""
