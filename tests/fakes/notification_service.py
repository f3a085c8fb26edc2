"""A notification service that shows nothing and writes down everything: python notification_service.py FILE.

On the session bus of the environment. FILE gets one line in JSON for each notification: [title, text, *buttons].
"""

import json
import sys
from pathlib import Path

from jeepney import HeaderFields, MessageType, message_bus, new_error, new_method_return
from jeepney.io.blocking import open_dbus_connection

NAME = "org.freedesktop.Notifications"


def main(path: Path) -> None:
    with open_dbus_connection(bus="SESSION") as bus:
        bus.send_and_get_reply(message_bus.RequestName(NAME))
        path.touch()  # from now on
        number = 0
        while True:
            message = bus.receive()
            if message.header.message_type is not MessageType.method_call:
                continue
            match message.header.fields[HeaderFields.member]:
                case "GetCapabilities":
                    answer = new_method_return(message, "as", (["body", "actions"],))
                case "Notify":
                    number += 1
                    _, _, _, title, text, buttons, *_ = message.body
                    with path.open("a") as file:
                        file.write(json.dumps([title, text, *buttons]) + "\n")
                    answer = new_method_return(message, "u", (message.body[1] or number,))
                case "CloseNotification":
                    answer = new_method_return(message)
                case _:
                    answer = new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")
            bus.send(answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
