#!/usr/bin/env python3
"""The other side of the line protocol (line_session.h): line_peer.py PORT FILE

What it has to send and was not acknowledged stands in FILE, a JSON object by number, so that it
outlives the process. Of one client at a time: a second one takes the first one's place.

Commands on standard input, one a line:
  send JSON   one more line       deaf       acknowledgements and pings are not heard
  drop        close the client    refuse     no client is let in
  well        hears and lets in
Told on standard output, one a line: "port N", then every line of the client, and "did COMMAND".
"""
import json
import os
import queue
import selectors
import socket
import sys
import threading

WINDOW = 20  # lines sent and not acknowledged, at most


class Peer:
    def __init__(self, port, file):
        self.file = file
        self.lines = {}
        if os.path.exists(file):
            with open(file, encoding="utf-8") as stored:
                self.lines = {int(number): line for number, line in json.load(stored).items()}
        self.last = max(self.lines, default=0)
        self.client = None
        self.rest = b""
        self.greeted = False
        self.sent = set()
        self.deaf = False
        self.refuses = False
        self.commands = queue.Queue()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.wake, self.waker = socket.socketpair()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(self.wake, selectors.EVENT_READ, self.obey)
        tell(f"port {self.listener.getsockname()[1]}")

    def store(self):
        with open(self.file + ".new", "w", encoding="utf-8") as stored:
            json.dump(self.lines, stored)
        os.replace(self.file + ".new", self.file)

    def listen_to_commands(self):
        for line in sys.stdin:
            self.commands.put(line.rstrip("\n"))
            self.waker.send(b"x")
        os._exit(0)

    def run(self):
        threading.Thread(target=self.listen_to_commands, daemon=True).start()
        while True:
            for key, _ in self.selector.select():
                key.data()

    def accept(self):
        client, _ = self.listener.accept()
        self.drop()
        self.client = client
        self.selector.register(client, selectors.EVENT_READ, self.hear)

    def drop(self):
        if self.client is not None:
            self.selector.unregister(self.client)
            self.client.close()
        self.client = None
        self.rest = b""
        self.greeted = False
        self.sent = set()

    def obey(self):
        self.wake.recv(1)
        word, _, rest = self.commands.get().partition(" ")
        if word == "send":
            self.last += 1
            self.lines[self.last] = rest
            self.store()
            self.give()
        elif word == "drop":
            self.drop()
        elif word in ("deaf", "refuse", "well"):
            self.deaf = word == "deaf"
            self.refuses = word == "refuse"
        tell(f"did {word}")

    def say(self, line):
        try:
            self.client.sendall(line.encode() + b"\n")
        except OSError:
            self.drop()

    def give(self):
        for number in sorted(self.lines):
            if not self.greeted or len(self.sent) >= WINDOW:
                return
            if number not in self.sent:
                self.sent.add(number)
                self.say(f"line {number} {self.lines[number]}")

    def hear(self):
        try:
            piece = self.client.recv(65536)
        except OSError:
            piece = b""
        if not piece:
            self.drop()
            return
        *lines, self.rest = (self.rest + piece).split(b"\n")
        for line in lines:
            self.answer(line.decode())

    def answer(self, line):
        tell(line)
        word, _, rest = line.partition(" ")
        if word == "hello":
            self.greeted = not self.refuses
            self.say("no such name" if self.refuses else "welcome")
            self.give()
        elif word == "put":
            number = rest.partition(" ")[0]
            self.say(f"took {number} R-{number}")
        elif self.deaf:
            return
        elif word == "ping":
            self.say("pong")
        elif word == "ack":
            self.lines.pop(int(rest), None)
            self.sent.discard(int(rest))
            self.store()
            self.give()


def tell(line):
    print(line, flush=True)


if __name__ == "__main__":
    Peer(int(sys.argv[1]), sys.argv[2]).run()
