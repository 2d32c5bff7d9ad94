"""A relay between the probe and a real server that counts connections and reads what the probe sends."""

import selectors
import socket
import threading


class Relay:
    """Listens on `port` and passes everything on to `behind`."""

    def __init__(self, port, behind):
        self.behind = behind
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", port))
        self.accepting = threading.Thread(target=self._accept, daemon=True)
        self.accepting.start()

    def close(self):
        # A thread that still waits would take the callers of whoever gets this descriptor next.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()

    def complaints(self):
        """What the probe sent that it must never send."""
        found = []
        for number, seen in enumerate(self.connections, 1):
            sent, answer = bytes(seen["sent"]), bytes(seen["answer"])
            if len(sent) < 19 or sent[:2] != b"\x03\x00" or sent[5] != 0xE0:
                found.append(f"connection {number} starts with {sent[:19].hex()}")
            if b"Cookie:" in sent or sent[3] != 19:
                found.append(f"connection {number} carries more than the plain request")
            if len(answer) >= 12 and answer[11] == 3 and len(sent) > 19:
                found.append(f"connection {number} goes on after a refusal")
            if seen["reset"]:
                found.append(f"connection {number} was reset by the probe")
        return found

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            seen = {"sent": bytearray(), "answer": bytearray(), "reset": False}
            self.connections.append(seen)
            threading.Thread(target=self._pass_on, args=(client, seen), daemon=True).start()

    def _pass_on(self, client, seen):
        try:
            server = socket.create_connection(("127.0.0.1", self.behind), 5)
        except OSError:
            client.close()
            return
        with client, server, selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, (client, server, "sent"))
            ready.register(server, selectors.EVENT_READ, (server, client, "answer"))
            while ready.get_map():
                for key, _ in ready.select(30):
                    source, sink, name = key.data
                    try:
                        data = source.recv(65536)
                    except ConnectionResetError:
                        # The server may do as it likes.
                        seen["reset"] = seen["reset"] or name == "sent"
                        data = b""
                    seen[name] += data
                    try:
                        if data:
                            sink.sendall(data)
                        else:
                            ready.unregister(source)
                            sink.shutdown(socket.SHUT_WR)
                    except OSError:
                        return
