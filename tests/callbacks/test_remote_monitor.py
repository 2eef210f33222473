"""`RemoteMonitor` and a server on this machine: what arrives; beside Keras."""

import json
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import numpy as np
import pytest

import pymlp
from pymlp.callbacks import CallbackList, RemoteMonitor


class Server(HTTPServer):
    """Keeps what is sent to it, and answers with `status`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.received = []
        self.status = 200
        self.root = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        kind, own = self.headers["Content-Type"], self.headers.get("X-Own")
        self.server.received.append((self.path, kind, own, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        """Tests print nothing."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


RESULTS = {"loss": 0.5, "acc": np.float32(0.25), "top": np.array([2]), "name": "ä & b"}


@pytest.mark.parametrize("send_as_json", [False, True])
@pytest.mark.parametrize("status", [200, 404, 500])
def test_what_arrives(server, send_as_json, status):
    server.status = status
    options = {"path": "/here", "field": "f", "headers": {"X-Own": "yes"}}
    monitor = RemoteMonitor(server.root, send_as_json=send_as_json, **options)
    monitor.on_epoch_end(3, RESULTS)
    ((path, kind, own, body),) = server.received
    assert (path, own) == ("/here", "yes")
    assert kind == f"application/{'json' if send_as_json else 'x-www-form-urlencoded'}"
    text = body if send_as_json else parse_qs(body, strict_parsing=True)["f"][0]
    assert json.loads(text) == {"epoch": 3, "loss": 0.5, "acc": 0.25, "top": 2, "name": "ä & b"}


@pytest.mark.parametrize("send_as_json", [False, True])
def test_keras_sends_the_same(server, send_as_json):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed, nothing to compare with")
    pytest.importorskip("requests", reason="Keras's RemoteMonitor needs it")
    for module in (pymlp, keras):
        monitor = module.callbacks.RemoteMonitor(server.root, send_as_json=send_as_json)
        monitor.on_epoch_end(0, RESULTS)
    (path, kind, own, body), theirs = server.received
    assert (path, kind, own) == theirs[:3]
    if send_as_json:  # requests leaves out the spaces
        assert json.loads(body) == json.loads(theirs[3])
    else:
        assert body == theirs[3]


def test_a_training_is_sent(server):
    model = pymlp.Sequential([pymlp.Input((3,)), pymlp.layers.Dense(1)])
    model.compile("sgd", "mse")
    monitor = RemoteMonitor(server.root, send_as_json=True)
    history = model.fit(np.ones((8, 3)), np.ones(8), epochs=3, verbose=0, callbacks=[monitor])
    sent = [json.loads(body) for *_, body in server.received]
    losses = history.history["loss"]
    assert sent == [{"epoch": i, "loss": loss} for i, loss in enumerate(losses)]
    assert not CallbackList(monitor).has_train_batch_hooks


def test_no_server_is_warned_about(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as deaf:  # a port is taken, nobody listens
        deaf.bind(("127.0.0.1", 0))
        root = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.warns(UserWarning, match=f"server at {root} could not be reached"):
            RemoteMonitor(root).on_epoch_end(0, {"loss": 1.0})


def test_a_silent_server_is_not_waited_for(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("pymlp.callbacks.remote_monitor._PATIENCE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        root = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.warns(UserWarning, match="could not be reached: .*timed out"):
            RemoteMonitor(root).on_epoch_end(0, {"loss": 1.0})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_has_no_nan(server, value):
    monitor = RemoteMonitor(server.root, send_as_json=True)
    with pytest.warns(UserWarning, match="epoch 4 have NaN or infinite numbers"):
        monitor.on_epoch_end(4, {"loss": value})
    assert server.received == []
    RemoteMonitor(server.root).on_epoch_end(4, {"loss": value})  # a form is sent, as by Keras
    assert len(server.received) == 1


@pytest.mark.parametrize("root", ["localhost:9000", "file:///etc/hostname"])
def test_bad_root(root):
    with pytest.raises(ValueError, match="begins with http"):
        RemoteMonitor(root)
