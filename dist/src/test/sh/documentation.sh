# Functions for the markers `given` and `run with`; sourced before the commands of a page.

# serve COMMAND...: starts a tower, and returns when it serves users. It is stopped at the end of the page.
serve() {
  "$@" >>"$HOME/towers.log" 2>&1 &
  local tower=$!
  until (: <>"/dev/tcp/127.0.0.1/$TEOS_API_PORT") 2>>"$HOME/connects.log"; do
    kill -0 "$tower" || { cat "$HOME/towers.log"; return 1; }
    sleep 0.1
  done
}

# tower FLAGS...: the same for an installed tower with a data folder in the page's home; sets TOWER_ID.
tower() {
  serve teosd "$@"
  TOWER_ID=$(teos-cli get_tower_info | value tower_id)
}

# on_terminal COMMAND...: runs the command on a terminal of 140 columns.
on_terminal() {
  script -qec "stty cols 140; $*" /dev/null | tr -d '\r'
}

# bitcoin METHOD [PARAMETERS]: calls bitcoind; parameters are a JSON array.
bitcoin() {
  python3 - "$@" <<'END'
import base64, json, os, sys, urllib.request
with open(os.path.expanduser("~/.bitcoin/regtest/.cookie"), "rb") as cookie:
    login = base64.b64encode(cookie.read()).decode()
parameters = json.loads(sys.argv[2]) if len(sys.argv) > 2 else []
call = urllib.request.Request(
    "http://127.0.0.1:" + os.environ["TEOS_BTC_RPC_PORT"],
    json.dumps({"method": sys.argv[1], "params": parameters}).encode(),
    {"Authorization": "Basic " + login})
print(json.load(urllib.request.urlopen(call))["result"])
END
}

# breach: sends appointment.json to the tower, publishes the commitment, and mines the penalty.
breach() {
  teos-client register "$(teos-cli get_tower_info | value tower_id)@127.0.0.1:$TEOS_API_PORT"
  teos-client add_appointment -f appointment.json
  bitcoin sendrawtransaction "[\"$COMMITMENT\"]"
  until grep -q 'breaches sent' "${TEOS_DATADIR:-$HOME/.teos}/regtest/breaches.log"; do sleep 0.1; done
  bitcoin generatetoaddress "[1, \"$(bitcoin getnewaddress)\"]"
  until grep -q 'breaches confirmed' "${TEOS_DATADIR:-$HOME/.teos}/regtest/breaches.log"; do sleep 0.1; done
}

# value FIELD: prints a field of the JSON on standard input.
value() {
  python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

# other_ports: gives later towers other ports than the previous one's.
other_ports() {
  export TEOS_API_PORT=$OTHER_API_PORT TEOS_RPC_PORT=$OTHER_RPC_PORT
  export TEOS_INTERNAL_API_PORT=$OTHER_INTERNAL_API_PORT
}

# packaged FLAGS... package: replaces Maven, which has just built the archive and the package.
packaged() {
  [[ ${!#} == package ]]
  mkdir -p dist/target
  ln -s "$ARCHIVE" "$DEB" dist/target/
}

# copy_key FROM TO: copies the tower's key from the data folder FROM to TO.
copy_key() {
  mkdir -p "$2/regtest"
  cp "$1/regtest/teos_sk.der" "$2/regtest/"
}

# rust_teos FOLDER: creates the data folder of a rust-teos tower without users.
rust_teos() {
  mkdir -p "$1"
  python3 - "$1/teos_db.sql3" <<'END'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.executescript("""
        CREATE TABLE users (user_id INT PRIMARY KEY, available_slots INT NOT NULL,
          subscription_start INT NOT NULL, subscription_expiry INT NOT NULL);
        CREATE TABLE appointments (UUID INT PRIMARY KEY, locator INT NOT NULL, encrypted_blob BLOB NOT NULL,
          to_self_delay INT NOT NULL, user_signature BLOB NOT NULL, start_block INT NOT NULL,
          user_id INT NOT NULL, FOREIGN KEY(user_id) REFERENCES users(user_id) ON DELETE CASCADE);
        CREATE TABLE trackers (UUID INT PRIMARY KEY, dispute_tx BLOB NOT NULL, penalty_tx BLOB NOT NULL,
          height INT NOT NULL, confirmed BOOL NOT NULL,
          FOREIGN KEY(UUID) REFERENCES appointments(UUID) ON DELETE CASCADE);
        CREATE TABLE last_known_block (id INT PRIMARY KEY, block_hash INT NOT NULL);
        CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key INT NOT NULL);
        """)
    db.execute("INSERT INTO keys (key) VALUES (?)", ("1a" * 32,))
END
}

# Stops everything that was started, also background processes that a page has not stopped itself.
finish() {
  local code=$? lock
  trap - EXIT
  [[ -z $(jobs -p) ]] || kill $(jobs -p) 2>/dev/null || true
  wait
  find "$HOME" -name teosd.lock | while read -r lock; do
    if grep -qzFx "HOME=$HOME" "/proc/$(cat "$lock")/environ" 2>/dev/null; then
      kill "$(cat "$lock")"
    fi
  done
  rm -rf dist
  exit "$code"
}
trap finish EXIT
set -eu
