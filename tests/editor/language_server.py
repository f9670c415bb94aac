"""The schema in a real editor's server: yaml-language-server, over standard input and output, as VS Code and Neovim run it.

    npm install --prefix /tmp/yls yaml-language-server
    ARCHSPEC_YAML_SERVER=/tmp/yls/node_modules/.bin/yaml-language-server pytest -n0 tests/editor

`python tests/editor/language_server.py SPEC...` prints what the server says of specs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = ROOT / "archspec" / "schema.json"
SERVER = os.environ.get("ARCHSPEC_YAML_SERVER", "")
CURSOR = "|"


class LanguageServer:
    """One running server, with the schema for every file. Positions are marked in texts by CURSOR."""

    def __init__(self, command: str = SERVER, schema: Path = SCHEMA) -> None:
        self.process = subprocess.Popen([command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.sent = 0
        self.opened = 0
        self.settings = [{"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False},
                          "schemas": {schema.resolve().as_uri(): ["*.yaml"]}}]  # fmt: skip
        self._ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {
            "textDocument": {"completion": {"completionItem": {"documentationFormat": ["plaintext"]}},
                             "hover": {"contentFormat": ["plaintext"]}},
            "workspace": {"configuration": True}}})  # fmt: skip
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": {"yaml": self.settings[0]}})
        self.problems("archspec: 1\n")  # once it knows something of a text, it has read the schema

    def close(self) -> None:
        """Ends the server."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def problems(self, text: str) -> list[str]:
        """The messages about a text, each with its line."""
        uri = self._open(text)
        while True:
            message = self._read()
            self._serve(message)
            found = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and found["uri"] == uri:
                return [f"{d['range']['start']['line'] + 1}: {d['message']}" for d in found["diagnostics"]]

    def completions(self, text: str) -> dict[str, str]:
        """What is offered at the cursor: labels and their documentation."""
        answer = self._at("textDocument/completion", text)
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"]: _plain(item.get("documentation")) for item in items}

    def hover(self, text: str) -> str:
        """What is shown at the cursor."""
        answer = self._at("textDocument/hover", text)
        return _plain(answer["contents"]) if answer else ""

    def _at(self, method: str, marked: str) -> Any:
        before, _, after = marked.partition(CURSOR)
        uri = self._open(before + after)
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        return self._ask(method, {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}})

    def _open(self, text: str) -> str:
        self.opened += 1
        uri = f"file:///specs/spec{self.opened}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def _tell(self, method: str, params: Any) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def _ask(self, method: str, params: Any) -> Any:
        self.sent += 1
        self._write({"jsonrpc": "2.0", "id": self.sent, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self.sent and "method" not in message:
                assert "error" not in message, message
                return message.get("result")
            self._serve(message)

    def _serve(self, message: dict[str, Any]) -> None:
        """Answers what the server asks of an editor: its settings, and nothing else."""
        if "method" in message and "id" in message:
            is_settings = message["method"] == "workspace/configuration"
            asked = message.get("params", {}).get("items", []) if is_settings else []
            result = [self.settings[0] if item.get("section") == "yaml" else None for item in asked]
            self._write({"jsonrpc": "2.0", "id": message["id"], "result": result if is_settings else None})

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        assert length, "the server has ended"
        found: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return found


def _plain(content: Any) -> str:
    if isinstance(content, dict):
        return str(content["value"])
    return "\n".join(map(_plain, content)) if isinstance(content, list) else str(content or "")


if __name__ == "__main__":
    server = LanguageServer()
    for name in sys.argv[1:]:
        print(name, *server.problems(Path(name).read_text("utf-8")), sep="\n  ")
    server.close()
