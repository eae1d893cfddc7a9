"""Writes a data folder of python-teos, by python-teos 0.1.1's own database managers.

What is in it comes as JSON in a file: key (hex), users, appointments, trackers, triggered,
last_block_watcher and last_block_responder.
"""

import argparse
import json
import os
import sys

from coincurve import PrivateKey

try:
    import plyvel  # noqa: F401
except ModuleNotFoundError:  # from Python 3.12 on it is the one under another name
    import plyvel_next

    sys.modules["plyvel"] = plyvel_next

from common.cryptographer import Cryptographer
from teos.appointments_dbm import AppointmentsDBM
from teos.extended_appointment import ExtendedAppointment
from teos.users_dbm import UsersDBM
from expect import equal


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--facts", required=True)
    arguments = parser.parse_args()
    with open(arguments.facts, encoding="utf-8") as file:
        facts = json.load(file)
    folder = arguments.folder
    os.makedirs(folder, exist_ok=True)

    key = PrivateKey.from_hex(facts["key"])
    equal(Cryptographer.save_key_file(key.to_der(), "teos_sk", folder), None, "saving the key")

    users = UsersDBM(os.path.join(folder, "users"))
    for user_id, user in facts["users"].items():
        equal(users.store_user(user_id, user), True, "storing a user")
    users.db.close()

    appointments = AppointmentsDBM(os.path.join(folder, "appointments"))
    for uuid, fields in facts["appointments"].items():
        appointment = ExtendedAppointment.from_dict(fields)
        stored = appointments.store_watcher_appointment(uuid, appointment.to_dict())
        equal(stored, True, "storing an appointment")
        appointments.create_append_locator_map(appointment.locator, uuid)
    for uuid, fields in facts["trackers"].items():
        equal(appointments.store_responder_tracker(uuid, fields), True, "storing a tracker")
    appointments.batch_create_triggered_appointment_flag(facts["triggered"])
    appointments.store_last_block_hash_watcher(facts["last_block_watcher"])
    appointments.store_last_block_hash_responder(facts["last_block_responder"])
    appointments.db.close()
    print("all as it should be")


if __name__ == "__main__":
    sys.exit(main())
