"""What the guest is doing, as far as its console tells, and what to do about it.

- `states` has the words; `landmarks` and `prompts` are the texts by which each state is known,
  `text` makes plain text of a console's bytes, and `detector` puts them together;
- `hints` is the advice for each state;
- `sac` has the conversations with the Special Administration Console and knows its dangerous
  commands; `dialogue` is what carries a conversation out;
- `caution` asks a user before Enter does harm there.

All of it only hints. Nothing but that question decides whether a user's input reaches the guest.
"""
