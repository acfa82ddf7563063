"""A small server for looking at the built site on this machine. It answers Range requests, which readers of Parquet files need."""

from __future__ import annotations

import functools
import http.server
import os
import re
from pathlib import Path

from pipelines.progress import say


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of one folder, with single byte ranges."""

    def send_head(self):
        requested = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not requested or requested[0] == "bytes=-" or not path.is_file():
            return super().send_head()
        size = path.stat().st_size
        first = int(requested[1]) if requested[1] else max(size - int(requested[2]), 0)
        last = min(int(requested[2]) if requested[1] and requested[2] else size - 1, size - 1)
        if first > last:
            self.send_error(416)
            return None
        handle = path.open("rb")
        handle.seek(first)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        self.range = last - first + 1
        return handle

    def copyfile(self, source, target):
        length = getattr(self, "range", None)
        if length is None:
            return super().copyfile(source, target)
        del self.range
        while length > 0 and (block := source.read(min(length, 1 << 16))):
            target.write(block)
            length -= len(block)

    def log_message(self, *_: object) -> None:
        pass


def server(site: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server on the loopback address, not started yet; port 0 takes any free one."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=os.fspath(site)))


def serve(site: Path, port: int) -> int:
    """Serve until interrupted."""
    try:
        instance = server(site, port)
    except OSError as error:
        say(f"端口 {port} 不能用，请用 --port 换一个 / port {port} cannot be used, choose another with --port: {error.strerror}")
        return 1
    with instance:
        print(f"http://127.0.0.1:{instance.server_address[1]}/  (Ctrl-C)")
        try:
            instance.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0
