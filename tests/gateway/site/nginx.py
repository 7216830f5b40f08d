"""Debian's nginx in front of a gateway, at a path of its own, with TLS."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.door.certificates import Authority
from house import PATIENCE


CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{
        default upgrade;
        ''      '';
    }}
    upstream com1 {{
        server 127.0.0.1:{upstream};
        keepalive 8;
    }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/front.crt;
        ssl_certificate_key {folder}/front.key;
        location {location} {{
            proxy_pass http://com1{uri};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_buffering off;
        }}
    }}
}}
"""


def program() -> str | None:
    """Give Debian's nginx, which is outside the PATH of users."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin")


@contextmanager
def running(folder: Path, port: int, upstream: int, location: str, uri: str) -> Iterator[Authority]:
    """Serve `location` from the gateway's port, and give who signed the certificate."""
    authority = Authority(folder)
    authority.issue("front")
    text = CONFIG.format(folder=folder, port=port, upstream=upstream, location=location, uri=uri)
    (folder / "nginx.conf").write_text(text)
    found = program()
    assert found
    process = subprocess.Popen([found, "-p", folder, "-c", folder / "nginx.conf"])
    try:
        until = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < until
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield authority
    finally:
        process.terminate()
        process.wait()
