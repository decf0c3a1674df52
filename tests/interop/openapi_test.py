#!/usr/bin/env python3
"""Holds gateway/intake/openapi.yaml to a running gateway: every address that the service answers stands in it, each
documented request is taken, each answer has a documented status and form, and each documented status is seen but those
in UNSEEN. The programs of CALLING.md are run the same way.   openapi_test.py PROGRAM"""
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"Skipped: {missing}; deploy/packages test brings it")
    sys.exit(77)

SOURCE = pathlib.Path(__file__).resolve().parents[2]
INTAKE = SOURCE / "gateway/intake"
API = yaml.safe_load((INTAKE / "openapi.yaml").read_text())
RECORDS, OWN = "/v1/peers/{peer}/records", "/v1/peers/{peer}/records/{id}"
OUTBOX, ACK = "/v1/peers/{peer}/outbox", "/v1/peers/{peer}/outbox/ack"
# What takes a Redis that is away, a body that drips, or exceptions without end.
UNSEEN = {(RECORDS, "408"), (RECORDS, "503"), (OWN, "503"), (OUTBOX, "429"), (OUTBOX, "503"), (ACK, "429"), (ACK, "503")}

PEERS = {
    "street-office": "title: 街道报修\nadapter: webhook\nauth: {kind: token, tokens: ['${file:secrets/street-office}']}\n"
                     "inbound: {mappings: [street_report], exceptions: 100}\n",
    "slow": "title: 慢\nadapter: webhook\nauth: {kind: token, tokens: ['${file:secrets/slow}']}\n"
            "inbound: {mappings: [street_report], rate: 1/s, burst: 1}\n",
    "off": "title: 停用\nadapter: webhook\nenabled: false\nauth: {kind: token, tokens: ['${file:secrets/off}']}\n"
           "inbound: {mappings: [street_report]}\noutbound: {pull: true}\n",
    "archive": "title: 档案库\nadapter: webhook\nauth: {kind: token, tokens: ['${file:secrets/archive}']}\n"
               "outbound: {pull: true}\n",
}
MAPPING = """mapping: street_report
direction: inbound
type: work_order
record: {key: no, time: at}
fields:
  orderNo: {from: no, required: true}
  title: {from: what, clean: line, required: true}
  content: {first: [{from: text, clean: text}, {from: what, clean: text}]}
  createdTime: {from: at, time: auto, required: true}
  reporter.name: {from: name, clean: line}
  location.address: {from: place, clean: line}
rest: sourceFields
"""
ROUTE = "\n  - name: street-reports\n    when: {type: work_order, peer: [street-office, slow]}\n    to: [archive]\n"


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Gateway:
    def __init__(self, program):
        # Short: the path of a UNIX socket has at most 107 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lq-openapi-", dir="/tmp"))
        config = self.folder / "config"
        shutil.copytree(SOURCE / "config", config)
        known = [8480, 8481, 18101, 18102, 18103, 18104]
        for old, new in zip(known, free_ports(len(known))):
            for file in [config / "lianqiao.yaml", *(config / "peers").iterdir()]:
                file.write_text(re.sub(rf"([: ]){old}\b", rf"\g<1>{new}", file.read_text()))
            self.port = new if old == 8480 else self.port
        main = config / "lianqiao.yaml"
        main.write_text(re.sub(r"(?m)^data: .*", f"data: {self.folder}/data", main.read_text()))
        self.tokens = {name: secrets.token_urlsafe(32) for name in PEERS}
        for name, text in PEERS.items():
            (config / f"peers/{name}.yaml").write_text(text)
            secret = config / f"secrets/{name}"
            secret.touch(mode=0o600)
            secret.write_text(self.tokens[name])
        (config / "mappings/street_report.yaml").write_text(MAPPING)
        routes = config / "routes.yaml"
        routes.write_text(routes.read_text() + ROUTE)
        self.log = open(self.folder / "log", "w+")
        self.process = subprocess.Popen([program, "run", "--config", str(config)], stdout=self.log, stderr=self.log)
        self.seen = set()
        self.await_health()

    def await_health(self):
        for _ in range(600):
            try:
                if self.send("GET", "/health")[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.log.seek(0)
        raise SystemExit("the gateway does not start:\n" + self.log.read())

    def send(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return result

    def ask(self, method, template, peer="street-office", body=None, kind="application/json", token=None, more=None,
            query="", **parts):
        """Sends it, and holds the answer to the document."""
        path = template.format(peer=peer, **parts) + query
        headers = {"Authorization": "Bearer " + (token or self.tokens[peer]), **(more or {})}
        if body is not None:
            headers["Content-Type"] = kind
            body = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        status, answered, text = self.send(method, path, body, headers)
        if template in API["paths"] and method.lower() in API["paths"][template]:
            self.check(template, method, status, answered, text)
        return status, json.loads(text)

    def check(self, template, method, status, headers, text):
        where = f"{method} {template} → {status} {text.decode()}"
        responses = API["paths"][template][method.lower()]["responses"]
        assert str(status) in responses, f"not documented: {where}"
        response = resolved(responses[str(status)])
        self.seen.add((template, str(status)))
        for name, header in response.get("headers", {}).items():
            assert name in headers, f"{name} is missing: {where}"
            value = headers[name]
            matches({"type": header["schema"]["type"]}, int(value) if header["schema"]["type"] == "integer" else value)
        kinds = response["content"]
        kind = headers["Content-Type"].split(";")[0]
        assert kind in kinds, f"{kind} is not documented: {where}"
        matches(kinds[kind]["schema"], json.loads(text), where)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def resolved(node):
    while "$ref" in node:
        ref = node["$ref"]
        node = API
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
    return node


def matches(schema, value, where=""):
    errors = list(jsonschema.Draft202012Validator({"components": API["components"], **schema}).iter_errors(value))
    assert not errors, f"{where}: {errors[0].message} at {list(errors[0].absolute_path)}"


def test_every_address_is_documented():
    header = (INTAKE / "service_answers.h").read_text()
    table = re.search(r"kAddresses\{\{(.*?)\}\};", header, re.S).group(1)
    served = {(method, "/v1/peers/{peer}" + rest) for method, rest in re.findall(r'\{"(\w+)", "([^"]+)"\}', table)}
    served.add(("GET", "/health"))
    documented = {(method.upper(), path) for path, item in API["paths"].items() for method in item if method != "parameters"}
    assert served == documented, served ^ documented


def test_the_examples_have_the_form_that_stands_beside_them():
    def walk(node):
        if isinstance(node, dict):
            if "schema" in node and "example" in node:
                matches(node["schema"], node["example"], str(node["example"]))
            for each in node.get("examples", {}).values() if "schema" in node else []:
                matches(node["schema"], each["value"], str(each["value"]))
            for each in node.values():
                walk(each)
        elif isinstance(node, list):
            for each in node:
                walk(each)
    walk(API)


def test_each_documented_request_is_taken(gateway):
    expected = {"one": 202, "several": 202, "refused": 422, "lines": 202}
    for kind, content in API["paths"][RECORDS]["post"]["requestBody"]["content"].items():
        for name, example in content["examples"].items():
            status, answer = gateway.ask("POST", RECORDS, body=example["value"], kind=kind)
            assert status == expected.pop(name), (name, answer)
    assert not expected, expected


def test_a_peer_asks_after_its_own(gateway):
    status, answer = gateway.ask("POST", RECORDS, body={"no": "Q-1", "what": "路灯不亮", "at": "2026-11-20 08:15", "name": "王小明"})
    ours = answer["items"][0]["id"]
    for number in (ours, "Q-1"):
        status, own = gateway.ask("GET", OWN, id=number)
        assert status == 200 and own["records"][0]["id"] == ours, own
        assert own["records"][0]["deliveries"] == [{"peer": "archive", "state": "waiting"}], own
        assert "王小明" not in json.dumps(own, ensure_ascii=False), own
    status, owed = gateway.ask("GET", OWN, peer="archive", id=ours)
    assert status == 200 and owed["records"][0]["direction"] == "owed" and "event" not in owed["records"][0], owed
    for nothing in (ours, "Q-1", "Q-2"):
        status, answer = gateway.ask("GET", OWN, peer="slow", id=nothing)
        assert status == 404, answer
        time.sleep(1.1)  # its rate
    assert gateway.ask("GET", OWN, id="x" * 301)[0] == 400


def test_a_peer_fetches_and_acknowledges(gateway):
    status, leased = gateway.ask("GET", OUTBOX, peer="archive", query="?limit=10")
    assert status == 200 and leased["items"], leased
    acks = {"items": [{"lease": leased["items"][0]["lease"], "result": "delivered", "receipt": "A-1"}]}
    matches({"$ref": "#/components/schemas/Acknowledgements"}, acks)
    assert gateway.ask("POST", ACK, peer="archive", body=acks) == (200, {"acknowledged": 1, "unknown": []})
    assert gateway.ask("POST", ACK, peer="archive", body=acks) == (200, {"acknowledged": 0, "unknown": [0]})
    status, own = gateway.ask("GET", OWN, peer="archive", id="A-1")
    assert status == 200 and own["records"][0]["deliveries"][0]["state"] == "delivered", own
    assert gateway.ask("POST", ACK, peer="archive", body="{")[0] == 400
    assert gateway.ask("GET", OUTBOX, peer="archive", query="?limit=0")[0] == 400


def test_each_refusal_is_as_documented(gateway):
    item = {"no": "E-1", "what": "井盖缺失", "at": "2026-11-20 08:15"}
    assert gateway.ask("POST", RECORDS, body="")[0] == 400
    assert gateway.ask("POST", RECORDS, body="x", kind="text/plain")[0] == 415
    for method, template in (("POST", RECORDS), ("GET", OWN), ("GET", OUTBOX), ("POST", ACK)):
        assert gateway.ask(method, template, body=None if method == "GET" else item, token="wrong", id="E-1")[0] == 401
        assert gateway.ask(method, template, peer="off", body=None if method == "GET" else item, id="E-1")[0] == 403
        # The method that this address does not take: its refusal is documented with the one that it takes.
        peer = "archive" if template in (OUTBOX, ACK) else "street-office"
        other = "DELETE"
        path = template.format(peer=peer, id="E-1")
        answered = gateway.send(other, path, None, {"Authorization": "Bearer " + gateway.tokens[peer]})
        assert answered[0] == 405 and answered[1]["Allow"] == method, answered
        gateway.check(template, method, *answered)
        if method == "POST":
            huge = {"Content-Length": str(1 << 40), "Authorization": "Bearer " + gateway.tokens[peer],
                    "Content-Type": "application/json"}
            answered = gateway.send(method, path, None, huge)
            assert answered[0] == 413, answered
            gateway.check(template, method, *answered)
    assert 429 in [gateway.ask("POST", RECORDS, peer="slow", body=item)[0] for _ in range(5)]
    assert 429 in [gateway.ask("GET", OWN, peer="slow", id="E-1")[0] for _ in range(5)]


def test_the_programs_of_the_page_run(gateway):
    for number, page in enumerate(("CALLING.md", "CALLING.zh.md")):
        text = (INTAKE / page).read_text()
        blocks = dict(re.findall(r"<!-- run: (\w+) -->\n```\w+\n(.*?)```", text, re.S))
        assert set(blocks) == {"curl", "python", "java"}, blocks.keys()
        for name, block in blocks.items():
            commands = {"curl": ["bash", "-euo", "pipefail", "-c", block], "python": [sys.executable, "-c", block]}
            if name == "java":
                if shutil.which("java") is None:
                    print("java is not installed: its program is not run")
                    continue
                (gateway.folder / "Call.java").write_text(block)
                commands["java"] = ["java", "-Dstdout.encoding=UTF-8", "-Dfile.encoding=UTF-8", str(gateway.folder / "Call.java")]
            thing = f"P-{number}-{name}"
            item = {"no": thing, "what": "路灯不亮", "at": "2026-11-20 08:15"}
            said = subprocess.run(commands[name], capture_output=True, timeout=120, env={
                **os.environ, "GATEWAY": f"http://127.0.0.1:{gateway.port}", "PEER": "street-office", "NUMBER": thing,
                "TOKEN": gateway.tokens["street-office"], "ITEM": json.dumps(item), "LC_ALL": "C.UTF-8"})
            assert said.returncode == 0, said.stderr.decode()
            bodies = re.findall(r'\{"(?:items|records)":.*?\}(?=\n|\{"records"|$)', re.sub(r'": ', '":', said.stdout.decode()))
            assert len(bodies) == 2, said.stdout.decode()
            matches({"$ref": "#/components/schemas/Taken"}, json.loads(bodies[0]))
            matches({"$ref": "#/components/schemas/Own"}, json.loads(bodies[1]))
            assert json.loads(bodies[1])["records"], bodies


def test_each_documented_status_was_seen(gateway):
    gateway.check("/health", "GET", *gateway.send("GET", "/health"))
    documented = {(path, status) for path, item in API["paths"].items() for method, operation in item.items()
                  if method != "parameters" for status in operation["responses"]}
    missing = documented - gateway.seen - UNSEEN
    assert not missing, f"never seen: {sorted(missing)}"
    assert not UNSEEN & gateway.seen, f"seen after all: {UNSEEN & gateway.seen}"


def main():
    test_every_address_is_documented()
    test_the_examples_have_the_form_that_stands_beside_them()
    gateway = Gateway(sys.argv[1])
    try:
        for test in (test_each_documented_request_is_taken, test_a_peer_asks_after_its_own,
                     test_a_peer_fetches_and_acknowledges, test_each_refusal_is_as_documented,
                     test_the_programs_of_the_page_run, test_each_documented_status_was_seen):
            test(gateway)
            print("ok", test.__name__)
    finally:
        gateway.stop()


if __name__ == "__main__":
    main()
