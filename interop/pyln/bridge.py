"""Runs a plugin for Core Lightning and passes on to it what clients send to a Unix socket, as lightningd does."""

import json
import os
import socket
import subprocess
import threading


class Bridge:
    """Forwards requests as they are, and each answer to the connection whose request has its id."""

    def __init__(self, command: list[str], folder: str) -> None:
        self.path = os.path.join(folder, "rpc")
        self.log: list[str] = []
        self.connections: dict[str, socket.socket] = {}
        self.lock = threading.Lock()
        self.plugin = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ, HOME=folder)
        )
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(self.path)
        self.server.listen(32)
        threading.Thread(target=self._accept, daemon=True).start()
        threading.Thread(target=self._read_plugin, daemon=True).start()

    def close(self, timeout: float) -> int:
        """Ends the plugin as lightningd does, and returns its exit code."""
        self.plugin.stdin.close()
        try:
            return self.plugin.wait(timeout)
        finally:
            self.plugin.kill()
            self.server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._read_client, args=(connection,), daemon=True).start()

    def _read_client(self, connection: socket.socket) -> None:
        # A client separates its requests with nothing at all.
        unread = b""
        while part := connection.recv(1 << 16):
            unread += part
            try:
                request = json.loads(unread)
            except ValueError:
                continue
            with self.lock:
                self.connections[request["id"]] = connection
                self.plugin.stdin.write(unread + b"\n\n")
                self.plugin.stdin.flush()
            unread = b""

    def _read_plugin(self) -> None:
        unread = b""
        while part := os.read(self.plugin.stdout.fileno(), 1 << 16):
            *messages, unread = (unread + part).split(b"\n\n")
            for message in messages:
                parsed = json.loads(message)
                if parsed.get("method") == "log":
                    self.log.append(parsed["params"]["message"])
                else:
                    with self.lock:
                        connection = self.connections.pop(parsed["id"])
                    connection.sendall(message + b"\n\n")
        # Clients that wait must fail instead.
        with self.lock:
            for connection in self.connections.values():
                connection.close()
