"""Calls every gRPC method of the tower, by modules that grpcio-tools makes from its proto files.

Users' calls of both dialects and the operator's, with the right certificate and without it. Ends
with an exit code other than 0 at the first thing that is not as it should be.
"""

import argparse
import secrets
import tempfile
from dataclasses import dataclass
from hashlib import new, sha256
from pathlib import Path
from typing import Any, Callable

import grpc
import pyzbase32
from coincurve import PrivateKey, PublicKey
from google.protobuf.empty_pb2 import Empty

import stubs
from certificates import foreign_client
from common.appointment import Appointment
from common.cryptographer import Cryptographer
from common.receipts import create_appointment_receipt, create_registration_receipt
from common.tools import compute_locator, intify
from expect import equal

TIMEOUT = 60
V1 = "/teos.protobuf.protos.v1.TowerServices/"
V2 = "/teos.v2.PrivateTowerServices/"


@dataclass
class Breach:
    """A dispute in one of the last blocks, and the transaction that answers it."""

    dispute: str
    penalty: str

    @property
    def internal_txid(self) -> bytes:
        return bytes.fromhex(self.dispute)[::-1]


def fails(with_code: grpc.StatusCode, call: Callable[[], Any]) -> None:
    try:
        answer = call()
    except grpc.RpcError as e:
        equal(e.code(), with_code, f"the status of a call that fails ({e.details()})")
        return
    raise RuntimeError(f"{with_code} was expected, not an answer: {answer}")


def recover(message: bytes, signature: str) -> bytes:
    """The signer, by hashing and nothing of python-teos's."""
    decoded = pyzbase32.decode_bytes(signature)
    once = sha256(b"Lightning Signed Message:" + message).digest()
    digest = sha256(once).digest()
    recoverable = decoded[1:] + bytes([decoded[0] - 31])
    return PublicKey.from_signature_and_message(recoverable, digest, hasher=None).format()


def u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def uuid(locator: bytes, user_id: bytes) -> bytes:
    return new("ripemd160", locator + user_id).digest()


# Users' calls


def v1_user(channel: grpc.Channel, tower_id: str, breach: Breach) -> None:
    from teos.v1 import appointment_pb2, tower_services_pb2_grpc, user_pb2

    tower = tower_services_pb2_grpc.TowerServicesStub(channel)
    key: PrivateKey = Cryptographer.generate_key()
    user_id = Cryptographer.get_compressed_pk(key.public_key)

    def signed_by_tower(receipt: bytes, signature: str) -> None:
        signer = Cryptographer.recover_pk(receipt, signature)
        equal(Cryptographer.get_compressed_pk(signer), tower_id, "the receipt's signer")

    answer = tower.register(user_pb2.RegisterRequest(user_id=user_id), timeout=TIMEOUT)
    equal(answer.user_id, user_id, "who is registered")
    receipt = create_registration_receipt(
        user_id, answer.available_slots, answer.subscription_expiry
    )
    signed_by_tower(receipt, answer.subscription_signature)
    slots = answer.available_slots

    dispute = secrets.token_hex(32)
    watched = Appointment(
        compute_locator(dispute), Cryptographer.encrypt(secrets.token_hex(330), dispute), 144
    )
    triggered = Appointment(
        compute_locator(breach.dispute),
        Cryptographer.encrypt(breach.penalty, breach.dispute),
        144,
    )
    for appointment in [watched, triggered]:
        slots -= 1
        signature = Cryptographer.sign(appointment.serialize(), key)
        request = appointment_pb2.AddAppointmentRequest(
            appointment=appointment_pb2.Appointment(**appointment.to_dict()), signature=signature
        )
        answer = tower.add_appointment(request, timeout=TIMEOUT)
        equal(answer.locator, appointment.locator, "the locator that was taken")
        equal(answer.available_slots, slots, "slots left")
        signed_by_tower(
            create_appointment_receipt(signature, answer.start_block), answer.signature
        )

    def read(locator: str) -> Any:
        signature = Cryptographer.sign(f"get appointment {locator}".encode(), key)
        request = appointment_pb2.GetAppointmentRequest(locator=locator, signature=signature)
        return tower.get_appointment(request, timeout=TIMEOUT)

    answer = read(watched.locator)
    equal(answer.status, "being_watched", "the status")
    kept = answer.appointment_data.appointment
    equal(
        Appointment(kept.locator, kept.encrypted_blob, kept.to_self_delay).to_dict(),
        watched.to_dict(),
        "the appointment that is kept",
    )
    answer = read(triggered.locator)
    equal(answer.status, "dispute_responded", "the status after a breach")
    equal(answer.appointment_data.tracker.dispute_txid, breach.dispute, "the dispute")
    equal(answer.appointment_data.tracker.penalty_rawtx, breach.penalty, "the penalty")
    fails(grpc.StatusCode.NOT_FOUND, lambda: read("00" * 16))

    signature = Cryptographer.sign(b"get subscription info", key)
    info = tower.get_subscription_info(
        user_pb2.GetSubscriptionInfoRequest(signature=signature), timeout=TIMEOUT
    )
    # What python-teos's API does with the answer.
    user = intify(dict(info.user))
    equal(user["available_slots"], slots, "slots in the subscription")
    equal(
        sorted(user["appointments"]),
        sorted([watched.locator, triggered.locator]),
        "the subscription's appointments",
    )


def v2_user(channel: grpc.Channel, tower_id: str, breach: Breach) -> bytes:
    from common.teos.v2 import appointment_pb2, user_pb2
    from teos.v2 import tower_services_pb2_grpc

    tower = tower_services_pb2_grpc.PublicTowerServicesStub(channel)
    key = PrivateKey()
    user_id = key.public_key.format()
    signer = bytes.fromhex(tower_id)

    answer = tower.register(user_pb2.RegisterRequest(user_id=user_id), timeout=TIMEOUT)
    equal(answer.user_id, user_id, "who is registered")
    slots, start, expiry = (
        answer.available_slots,
        answer.subscription_start,
        answer.subscription_expiry,
    )
    receipt = user_id + u32(slots) + u32(start) + u32(expiry)
    equal(recover(receipt, answer.subscription_signature), signer, "the registration's signer")

    def encrypted(penalty: str, txid: bytes) -> bytes:
        # The txid's bytes in their internal order are what v2 hashes.
        return bytes.fromhex(Cryptographer.encrypt(penalty, txid.hex()))

    txid = secrets.token_bytes(32)
    watched = appointment_pb2.Appointment(
        locator=txid[:16], encrypted_blob=encrypted(secrets.token_hex(330), txid), to_self_delay=7
    )
    triggered = appointment_pb2.Appointment(
        locator=breach.internal_txid[:16],
        encrypted_blob=encrypted(breach.penalty, breach.internal_txid),
        to_self_delay=144,
    )
    for appointment in [watched, triggered]:
        slots -= 1
        signature = Cryptographer.sign(
            appointment.locator + appointment.encrypted_blob + u32(appointment.to_self_delay), key
        )
        answer = tower.add_appointment(
            appointment_pb2.AddAppointmentRequest(appointment=appointment, signature=signature),
            timeout=TIMEOUT,
        )
        equal(answer.locator, appointment.locator, "the locator that was taken")
        equal(answer.available_slots, slots, "slots left")
        equal(answer.subscription_expiry, expiry, "the expiry")
        receipt = signature.encode() + u32(answer.start_block)
        equal(recover(receipt, answer.signature), signer, "the receipt's signer")

    def read(locator: bytes) -> Any:
        signature = Cryptographer.sign(f"get appointment {locator.hex()}".encode(), key)
        request = appointment_pb2.GetAppointmentRequest(locator=locator, signature=signature)
        return tower.get_appointment(request, timeout=TIMEOUT)

    statuses = appointment_pb2.GetAppointmentResponse
    answer = read(watched.locator)
    equal(answer.status, statuses.BEING_WATCHED, "the status")
    equal(answer.appointment_data.appointment, watched, "the appointment that is kept")
    answer = read(triggered.locator)
    equal(answer.status, statuses.DISPUTE_RESPONDED, "the status after a breach")
    tracker = answer.appointment_data.tracker
    equal(tracker.dispute_txid, breach.internal_txid, "the dispute")
    equal(tracker.penalty_rawtx.hex(), breach.penalty, "the penalty")
    fails(grpc.StatusCode.NOT_FOUND, lambda: read(bytes(16)))

    request = user_pb2.GetSubscriptionInfoRequest(
        signature=Cryptographer.sign(b"get subscription info", key)
    )
    info = tower.get_subscription_info(request, timeout=TIMEOUT)
    equal(info.available_slots, slots, "slots in the subscription")
    equal(info.subscription_expiry, expiry, "its expiry")
    equal(
        sorted(info.locators), sorted([watched.locator, triggered.locator]), "its locators"
    )
    return user_id


# The operator's calls


def v1_operator(channel: grpc.Channel, tower_id: str, users: int) -> None:
    from teos.v1 import appointment_pb2, tower_services_pb2_grpc, user_pb2

    tower = tower_services_pb2_grpc.TowerServicesStub(channel)
    info = tower.get_tower_info(Empty(), timeout=TIMEOUT)
    equal(info.tower_id, tower_id, "the tower's id")
    equal(info.n_registered_users, users, "registered users")
    # Each user of either dialect has sent one of a kind.
    equal(info.n_watcher_appointments, users, "appointments that are watched")
    equal(info.n_responder_trackers, users, "disputes that are answered")

    listed = tower.get_users(user_pb2.GetUsersRequest(), timeout=TIMEOUT).user_ids
    equal(len(set(listed)), users, "users listed")
    everything = intify(
        dict(
            tower.get_all_appointments(
                appointment_pb2.GetAllAppointmentsRequest(), timeout=TIMEOUT
            ).appointments
        )
    )
    uuids = set()
    for user_id in listed:
        user = tower.get_user(user_pb2.GetUserRequest(user_id=user_id), timeout=TIMEOUT).user
        uuids.update(user["appointments"])
    equal(
        uuids,
        set(everything["watcher_appointments"]) | set(everything["responder_trackers"]),
        "the uuids of all users",
    )
    for part in everything.values():
        for key, entry in dict(part).items():
            made = uuid(bytes.fromhex(entry["locator"]), bytes.fromhex(entry["user_id"]))
            equal(key, made.hex(), "a uuid")
    fails(
        grpc.StatusCode.NOT_FOUND,
        lambda: tower.get_user(user_pb2.GetUserRequest(user_id=tower_id), timeout=TIMEOUT),
    )

    # One page after another gives the same.
    paged: list[str] = []
    token = b""
    while True:
        request = appointment_pb2.GetAllAppointmentsRequest(page_size=1, page_token=token)
        page = tower.get_all_appointments(request, timeout=TIMEOUT)
        for part in dict(page.appointments).values():
            paged.extend(dict(part))
        token = page.next_page_token
        if not token:
            break
    equal(sorted(paged), sorted(uuids), "all pages together")

    # python-teos's own programs send an Empty.
    everything_again = channel.unary_unary(
        V1 + "get_all_appointments",
        request_serializer=Empty.SerializeToString,
        response_deserializer=appointment_pb2.GetAllAppointmentsResponse.FromString,
    )(Empty(), timeout=TIMEOUT)
    equal(intify(dict(everything_again.appointments)), everything, "what an Empty is answered")
    users_again = channel.unary_unary(
        V1 + "get_users",
        request_serializer=Empty.SerializeToString,
        response_deserializer=user_pb2.GetUsersResponse.FromString,
    )(Empty(), timeout=TIMEOUT)
    equal(users_again.user_ids, listed, "what an Empty is answered")


def v2_operator(channel: grpc.Channel, tower_id: str, users: int, user_id: bytes) -> None:
    from teos.v2 import appointment_pb2, tower_services_pb2_grpc, user_pb2

    tower = tower_services_pb2_grpc.PrivateTowerServicesStub(channel)
    info = tower.get_tower_info(Empty(), timeout=TIMEOUT)
    equal(info.tower_id.hex(), tower_id, "the tower's id")
    equal(info.n_registered_users, users, "registered users")
    equal(info.n_watcher_appointments, users, "appointments that are watched")
    equal(info.n_responder_trackers, users, "disputes that are answered")
    equal(info.bitcoind_reachable, True, "whether bitcoind is reachable")
    equal([a.address for a in info.addresses], ["tower.example"], "addresses")
    equal(
        [(a.client, a.uri) for a in info.public_addresses],
        [(0, f"{tower_id}@tower.example:443")],
        "public addresses",
    )

    listed = tower.get_users(user_pb2.GetUsersRequest(), timeout=TIMEOUT).user_ids
    equal(len(set(listed)), users, "users listed")
    everything = tower.get_all_appointments(
        appointment_pb2.GetAllAppointmentsRequest(), timeout=TIMEOUT
    ).appointments
    equal(len(everything), 2 * users, "appointments listed")
    for entry in everything:
        details = entry.details
        equal(details.uuid, uuid(details.locator, details.user_id), "a uuid")
    of_user = [entry for entry in everything if entry.details.user_id == user_id]
    user = tower.get_user(user_pb2.GetUserRequest(user_id=user_id), timeout=TIMEOUT)
    equal(sorted(user.appointments), sorted(e.details.uuid for e in of_user), "a user's uuids")

    locator = of_user[0].details.locator
    request = appointment_pb2.GetAppointmentsRequest(locator=locator)
    found = tower.get_appointments(request, timeout=TIMEOUT).appointments
    equal(list(found), [e for e in everything if e.details.locator == locator], "by locator")
    request = appointment_pb2.GetAppointmentsRequest(locator=b"short")
    fails(
        grpc.StatusCode.INVALID_ARGUMENT,
        lambda: tower.get_appointments(request, timeout=TIMEOUT),
    )

    # rust-teos's own programs send an Empty.
    everything_again = channel.unary_unary(
        V2 + "get_all_appointments",
        request_serializer=Empty.SerializeToString,
        response_deserializer=appointment_pb2.GetAllAppointmentsResponse.FromString,
    )(Empty(), timeout=TIMEOUT)
    equal(everything_again.appointments, everything, "what an Empty is answered")
    users_again = channel.unary_unary(
        V2 + "get_users",
        request_serializer=Empty.SerializeToString,
        response_deserializer=user_pb2.GetUsersResponse.FromString,
    )(Empty(), timeout=TIMEOUT)
    equal(users_again.user_ids, listed, "what an Empty is answered")


def no_way_in(target: str, ca: bytes) -> None:
    """Whoever does not have the operator's certificate."""
    key, certificate = foreign_client()
    for credentials in [
        grpc.ssl_channel_credentials(root_certificates=ca),
        grpc.ssl_channel_credentials(ca, private_key=key, certificate_chain=certificate),
        None,
    ]:
        if credentials is None:
            channel = grpc.insecure_channel(target)
        else:
            channel = grpc.secure_channel(target, credentials)
        with channel:
            for method in [V1 + "get_tower_info", V2 + "get_tower_info", V2 + "stop"]:
                call = channel.unary_unary(method, request_serializer=Empty.SerializeToString)
                fails(grpc.StatusCode.UNAVAILABLE, lambda: call(Empty(), timeout=TIMEOUT))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--protos", required=True, type=Path, help="folder of the proto files")
    parser.add_argument("--internal", required=True, help="host:port of the internal API")
    parser.add_argument("--operators", required=True, help="host:port of the operator's RPC")
    parser.add_argument("--data", required=True, type=Path, help="the tower's data folder")
    parser.add_argument("--tower-id", required=True, help="hex")
    parser.add_argument("--dispute", required=True, help="txid, in one of the last blocks")
    parser.add_argument("--penalty", required=True, help="the transaction that answers it, hex")
    parser.add_argument("--stop-by", required=True, choices=["internal-v1", "v1", "v2"])
    given = parser.parse_args()
    breach = Breach(given.dispute, given.penalty)
    ca = (given.data / "ca.pem").read_bytes()
    credentials = grpc.ssl_channel_credentials(
        ca,
        private_key=(given.data / "client-key.pem").read_bytes(),
        certificate_chain=(given.data / "client.pem").read_bytes(),
    )
    with tempfile.TemporaryDirectory() as out:
        stubs.generate(given.protos, Path(out))
        with (
            grpc.insecure_channel(given.internal) as internal,
            grpc.secure_channel(given.operators, credentials) as operators,
        ):
            v1_user(internal, given.tower_id, breach)
            v1_user(operators, given.tower_id, breach)
            user_id = v2_user(internal, given.tower_id, breach)
            v1_operator(internal, given.tower_id, users=3)
            v1_operator(operators, given.tower_id, users=3)
            v2_operator(operators, given.tower_id, users=3, user_id=user_id)
            no_way_in(given.operators, ca)
            service = V2 if given.stop_by == "v2" else V1
            channel = internal if given.stop_by == "internal-v1" else operators
            stop = channel.unary_unary(
                service + "stop",
                request_serializer=Empty.SerializeToString,
                response_deserializer=Empty.FromString,
            )
            equal(stop(Empty(), timeout=TIMEOUT), Empty(), "what stop is answered")
    print("grpc_client: all as it should be")


if __name__ == "__main__":
    main()
