"""What the guest is doing, as far as its console tells, and what to do about it.

- `states` has the words; `landmarks` and `prompts` are the texts by which each state is known:
  `deaths`, `survived`, `loaders` and `booting` are tables of them, `landmark` says what one is, and
  `sightings` finds them;
- `text` makes plain text of a console's bytes, `places` knows where it was in the stream, and
  `packets` finds what is no text;
- `quoting` tells what a command shows from the guest's own word, `asides` a prompt from what was
  printed into it; `detector` puts them together, and `evidence` makes a line of what was found;
- `hints` is the advice for each state;
- `sac` has the conversations with the Special Administration Console and knows its dangerous
  commands; `dialogue` is what carries a conversation out;
- `caution` asks a user before Enter does harm there.

All of it only hints. Nothing but that question decides whether a user's input reaches the guest.
"""
