"""Calls each method of the plugin with pyln-client, against a tower that accepts ten appointments."""

import argparse
import concurrent.futures
import os
import sys
import time

from pyln.client import LightningRpc, RpcError

from bridge import Bridge

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))
from expect import Unexpected, equal  # noqa: E402

STATES = 9
ERROR = -32700
METHODS = {
    "registertower",
    "getregistrationreceipt",
    "getappointment",
    "getappointmentreceipt",
    "getsubscriptioninfo",
    "listtowers",
    "gettowerinfo",
    "pingtower",
    "retrytower",
    "abandontower",
}


def client(bridge: Bridge, name: str) -> LightningRpc:
    """Returns a client whose ids, which it compares with those of the answers, start with its name."""
    rpc = LightningRpc(bridge.path)
    rpc.caller_name = name
    return rpc


def raises(code: int, text: str, call) -> None:
    try:
        result = call()
    except RpcError as error:
        equal(error.error["code"], code, f"code of {error.error}")
        if text not in error.error["message"]:
            raise Unexpected(f"{error.error}, expected {text!r}")
    else:
        raise Unexpected(f"{result!r}, expected the error {text!r}")


def start(rpc: LightningRpc, folder: str) -> None:
    manifest = rpc.getmanifest(allow_deprecated_apis=False)
    equal({method["name"] for method in manifest["rpcmethods"]}, METHODS, "methods")
    equal([hook["name"] for hook in manifest["hooks"]], ["commitment_revocation"], "hooks")
    equal(manifest["nonnumericids"], True, "nonnumericids")
    raises(ERROR, "not been started", rpc.listtowers)
    configuration = {"lightning-dir": os.path.join(folder, "regtest"), "rpc-file": "lightning-rpc"}
    equal(rpc.call("init", {"options": {}, "configuration": configuration}), {}, "init")
    equal(rpc.listtowers(), {}, "towers")


def revoke(bridge: Bridge, number: int) -> None:
    """Calls the hook; the id of every call has another form."""
    rpc = client(bridge, ["hook", "a \"quoted\\ name\"", "Größe €"][number % 3] + str(number))
    state = {
        "commitment_txid": f"{number:02x}" * 32,
        "penalty_tx": "02" * 300,
        "channel_id": "00" * 32,
        "commitnum": number,
    }
    answer = rpc.call("commitment_revocation", state, cmdprefix="cli:pay#1")
    equal(answer, {"result": "continue"}, "hook")


def call_at_once(bridge: Bridge, tower: str) -> None:
    def list_towers(number: int) -> None:
        equal(list(client(bridge, f"list{number}").listtowers()), [tower], "towers")

    with concurrent.futures.ThreadPoolExecutor(2 * STATES) as threads:
        calls = [threads.submit(revoke, bridge, number) for number in range(1, STATES + 1)]
        calls += [threads.submit(list_towers, number) for number in range(STATES)]
        for call in calls:
            call.result()


def await_sent(rpc: LightningRpc, tower: str, seconds: float) -> dict:
    deadline = time.monotonic() + seconds
    while True:
        info = rpc.gettowerinfo(tower)
        if len(info["appointments"]) == STATES:
            equal(info["pending_appointments"], {}, "pending appointments")
            return info
        if time.monotonic() > deadline:
            raise Unexpected(f"still not sent: {info}")
        time.sleep(0.05)


def call_methods(bridge: Bridge, tower: str, port: int, seconds: float) -> None:
    rpc = client(bridge, "methods")
    raises(ERROR, "Cannot find", lambda: rpc.gettowerinfo(tower))
    # An array, then an object.
    receipt = rpc.registertower(tower, "127.0.0.1", port)
    again = rpc.registertower(tower_id=tower, host="127.0.0.1", port=port)
    equal(again["available_slots"], 2 * receipt["available_slots"], "slots after two registrations")
    equal(rpc.getregistrationreceipt(tower), rpc.getregistrationreceipt(tower_id=tower), "receipts")

    call_at_once(bridge, tower)
    info = await_sent(rpc, tower, seconds)
    equal(info["status"], "reachable", "status")
    for locator, signature in info["appointments"].items():
        by_name = rpc.getappointmentreceipt(tower_id=tower, locator=locator)
        equal(by_name, rpc.getappointmentreceipt(tower, locator), "appointment receipts")
        equal(by_name["signature"], signature, "signature")
        equal(rpc.getappointment(tower, locator)["status"], "being_watched", "status")
    locators = rpc.getsubscriptioninfo(tower_id=tower)["locators"]
    equal(sorted(locators), sorted(info["appointments"]), "locators")
    equal(rpc.pingtower(tower_id=tower), "Tower is reachable", "ping")

    raises(ERROR, "must be unreachable", lambda: rpc.retrytower(tower))
    raises(ERROR, "", lambda: rpc.pingtower("02"))
    raises(ERROR, "", rpc.gettowerinfo)
    raises(ERROR, "Did you send that", lambda: rpc.getappointmentreceipt(tower, "ff" * 16))
    raises(-32601, "", lambda: rpc.call("nosuchmethod", []))
    # Lone numbers instead of texts, as lightning-cli sends them.
    raises(ERROR, "", lambda: rpc.call("pingtower", [1]))
    equal(rpc.abandontower(tower_id=tower), f"{tower} successfully abandoned", "abandon")
    equal(rpc.listtowers(), {}, "towers")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--tower-id", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--timeout", type=float, required=True, help="seconds")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    bridge = Bridge(arguments.command, arguments.folder)
    try:
        start(client(bridge, "start"), arguments.folder)
        call_methods(bridge, arguments.tower_id, arguments.port, arguments.timeout)
    finally:
        code = bridge.close(arguments.timeout)
    equal(code, 0, "exit code")
    print("all as it should be")


if __name__ == "__main__":
    main()
