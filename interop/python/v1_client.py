"""A user of python-teos, who builds and verifies everything with python-teos 0.1.1's own code.

Registers, sends and reads appointments over HTTP, and verifies each signature and receipt.
Exits with a code other than 0 at the first unexpected response.
"""

import argparse
import secrets

import requests
from coincurve import PrivateKey

from common import constants
from common.appointment import Appointment, AppointmentStatus
from common.cryptographer import Cryptographer
from common.receipts import create_appointment_receipt, create_registration_receipt
from common.tools import compute_locator
from expect import equal

TIMEOUT = 60


class User:
    def __init__(self, url: str, tower_id: str) -> None:
        self.url = url
        self.tower_id = tower_id
        self.key: PrivateKey = Cryptographer.generate_key()
        self.id = Cryptographer.get_compressed_pk(self.key.public_key)

    def post(self, path: str, body: dict, status: int = constants.HTTP_OK) -> dict:
        response = requests.post(url=f"{self.url}/{path}", json=body, timeout=TIMEOUT)
        equal(response.status_code, status, f"{path} answered {response.text}")
        return response.json()

    def sign(self, message: bytes) -> str:
        return Cryptographer.sign(message, self.key)

    def signed_by_tower(self, receipt: bytes, signature: str) -> None:
        signer = Cryptographer.recover_pk(receipt, signature)
        equal(Cryptographer.get_compressed_pk(signer), self.tower_id, "the receipt's signer")

    def register(self) -> dict:
        answer = self.post("register", {"public_key": self.id})
        equal(answer["public_key"], self.id, "who is registered")
        receipt = create_registration_receipt(
            self.id, answer["available_slots"], answer["subscription_expiry"]
        )
        self.signed_by_tower(receipt, answer["subscription_signature"])
        return answer

    def add_appointment(self, appointment: Appointment) -> dict:
        signature = self.sign(appointment.serialize())
        answer = self.post(
            "add_appointment", {"appointment": appointment.to_dict(), "signature": signature}
        )
        equal(answer["locator"], appointment.locator, "the locator that was taken")
        receipt = create_appointment_receipt(signature, answer["start_block"])
        self.signed_by_tower(receipt, answer["signature"])
        return answer

    def get_appointment(self, locator: str, status: int = constants.HTTP_OK) -> dict:
        signature = self.sign(f"get appointment {locator}".encode())
        return self.post("get_appointment", {"locator": locator, "signature": signature}, status)

    def get_subscription_info(self) -> dict:
        return self.post(
            "get_subscription_info", {"signature": self.sign(b"get subscription info")}
        )


def new_appointment(penalty: str, dispute: str, delay: int = 144) -> Appointment:
    return Appointment(compute_locator(dispute), Cryptographer.encrypt(penalty, dispute), delay)


def watched(user: User) -> None:
    """From registration to get_appointment, without a dispute."""
    first = user.register()
    again = user.register()
    equal(again["available_slots"], 2 * first["available_slots"], "slots after registering twice")
    slots = again["available_slots"]

    # 2,032 bytes and the blob's tag fill one slot of 2,048 bytes.
    sizes = {20: 1, 330: 1, 2032: 1, 2033: 2, 10_000: 5}
    sent = []
    for size, needed in sizes.items():
        appointment = new_appointment(secrets.token_hex(size), secrets.token_hex(32), 20)
        slots -= needed
        answer = user.add_appointment(appointment)
        equal(answer["available_slots"], slots, f"slots after {size} bytes")
        equal(answer["subscription_expiry"], again["subscription_expiry"], "the expiry")
        sent.append(appointment)
    for appointment in sent:
        answer = user.get_appointment(appointment.locator)
        equal(answer["locator"], appointment.locator, "the locator")
        equal(answer["status"], AppointmentStatus.BEING_WATCHED, "the status")
        kept = Appointment.from_dict(answer["appointment"])
        equal(kept.to_dict(), appointment.to_dict(), "the appointment that is kept")

    info = user.get_subscription_info()
    equal(info["available_slots"], slots, "slots in the subscription")
    equal(info["subscription_expiry"], again["subscription_expiry"], "its expiry")
    equal(sorted(info["appointments"]), sorted(a.locator for a in sent), "its appointments")


def responded(user: User, dispute: str, penalty: str) -> None:
    """A dispute that is already in the chain is answered before the response with the receipt."""
    appointment = new_appointment(penalty, dispute)
    user.add_appointment(appointment)
    answer = user.get_appointment(appointment.locator)
    equal(answer["status"], AppointmentStatus.DISPUTE_RESPONDED, "the status after a breach")
    equal(answer["appointment"]["dispute_txid"], dispute, "the dispute")
    equal(answer["appointment"]["penalty_rawtx"], penalty, "the penalty")

    signature = user.sign(appointment.serialize())
    body = {"appointment": appointment.to_dict(), "signature": signature}
    answer = user.post("add_appointment", body, constants.HTTP_BAD_REQUEST)
    equal(answer["error_code"], -9, "already triggered")


def refused(user: User, stranger: User) -> None:
    """The refusals that python-teos's own client shows to its user."""
    appointment = new_appointment(secrets.token_hex(100), secrets.token_hex(32))
    user.get_appointment(appointment.locator, constants.HTTP_NOT_FOUND)
    for signature in [stranger.sign(appointment.serialize()), user.sign(b"something else")]:
        body = {"appointment": appointment.to_dict(), "signature": signature}
        answer = user.post("add_appointment", body, constants.HTTP_BAD_REQUEST)
        equal(answer["error_code"], -8, "a signature that is no user's")
    small = new_appointment(secrets.token_hex(100), secrets.token_hex(32), 19)
    body = {"appointment": small.to_dict(), "signature": user.sign(small.serialize())}
    answer = user.post("add_appointment", body, constants.HTTP_BAD_REQUEST)
    equal(answer["error_code"], -5, "a to_self_delay that is too small")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api", required=True, help="http://127.0.0.1:9814")
    parser.add_argument("--tower-id", required=True, help="hex")
    parser.add_argument("--dispute", required=True, help="txid, in one of the last blocks")
    parser.add_argument("--penalty", required=True, help="the transaction that answers it, hex")
    given = parser.parse_args()
    user = User(given.api, given.tower_id)
    watched(user)
    responded(user, given.dispute, given.penalty)
    refused(user, User(given.api, given.tower_id))
    print("v1_client: all as it should be")


if __name__ == "__main__":
    main()
