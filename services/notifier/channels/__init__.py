"""The ways to reach people: a channel is a file, a row of the table, and its settings (N-2).

What a new channel takes:

1. its word, in `events.Channel`;
2. its file here (`sms.py`): its message, how it tells an alert, its `spec`; with the calls of its vendor, and what the
   vendor's responses mean, in a file beside it (`twilio.py`);
3. its row in `table.py`;
4. its settings: the vendor's variables (`chassis.settings.vendors`, taken in by `notifier.settings`), how it sends and
   whether it has receipts (`config.messages`), which alerts take it (`config.routing`), and where it finds people
   (`config.contacts`).

Its figures and log lines get their names in the catalogues of `chassis.metrics` and `chassis.telemetry`, and its
callbacks, if there are any, their way in (`receipts/`, `acknowledgements/`). Everything else asks the table.
"""

from __future__ import annotations
