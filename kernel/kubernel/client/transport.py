"""Requests to an API server over a pool of connections: TLS with certificates from memory, errors as the server meant them."""

import base64
import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from kubernel import __version__
from kubernel.client.connections import open_pool
from kubernel.client.kubeconfig import ClientConfig
from kubernel.errors import ConfigurationError, RequestTimeoutError, ServiceUnavailableError, StatusError, from_status
from kubernel.types.json import JSON, Object

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
USER_AGENT = f"kubernel/{__version__}"


def tls_context(config: ClientConfig) -> ssl.SSLContext:
    """The TLS settings for a configuration.

    The ssl module reads a client certificate from files only, so it is written to a file of mode 0600 for that moment.

    :raises ConfigurationError: a certificate or a key cannot be used.
    """
    context = ssl.create_default_context()
    try:
        if config.ca_data:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=config.ca_data.decode("ascii"))
        if config.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if config.client_certificate_data:
            _load_client_certificate(context, config)
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the certificates for {config.server} cannot be used: {error}") from error
    return context


def _load_client_certificate(context: ssl.SSLContext, config: ClientConfig) -> None:
    descriptor, name = tempfile.mkstemp(prefix="kubernel-", suffix=".pem")  # mkstemp makes it 0600
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(config.client_certificate_data + b"\n" + config.client_key_data)
        context.load_cert_chain(path)
    finally:
        path.unlink()


class Transport:
    """One server's connection pool. Every method may be called from any thread."""

    def __init__(self, config: ClientConfig) -> None:
        self._server = config.server.rstrip("/")
        self._headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        if config.token:
            self._headers["Authorization"] = f"Bearer {config.token}"
        elif config.username:
            pair = f"{config.username}:{config.password}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        options: dict[str, Any] = {}
        if self._server.startswith("https:"):
            options["ssl_context"] = tls_context(config)
            if config.insecure:
                options["cert_reqs"] = "CERT_NONE"
                options["assert_hostname"] = False
            elif config.server_name:
                options["server_hostname"] = config.server_name
                options["assert_hostname"] = config.server_name
        self._pool = open_pool(self._server, options)
        # A server may live below a path, as behind a gateway that serves several clusters.
        self._prefix = parse_url(self._server).path or ""

    def json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: JSON = None,
        content_type: str = "application/json",
        accept: str = "",
    ) -> Object:
        """A request whose answer is one JSON document.

        :raises StatusError: the server refused, or cannot be reached.
        """
        response = self.open(method, path, query=query, body=body, content_type=content_type, accept=accept, stream=False)
        try:
            answer: Object = orjson.loads(response.data)
        except orjson.JSONDecodeError as error:
            raise StatusError(f"the server's answer to {method} {path} is not JSON: {error}") from error
        return answer

    def open(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: JSON = None,
        content_type: str = "application/json",
        accept: str = "",
        stream: bool = True,
        read_seconds: float | None = READ_SECONDS,
    ) -> BaseHTTPResponse:
        """A request whose successful answer is read by the caller.

        :raises StatusError: the server refused, or cannot be reached.
        """
        url = f"{self._prefix}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = dict(self._headers)
        if accept:
            headers["Accept"] = accept
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            response = self._request(method, url, headers, None if body is None else orjson.dumps(body), stream, read_seconds)
            if response.status >= 400:
                raise self._refused(response, method, path)
        except urllib3.exceptions.NewConnectionError as error:
            # Counted among the timeouts by urllib3, but nobody is there.
            raise ServiceUnavailableError(f"the server at {self._server} cannot be reached: {error}") from error
        except urllib3.exceptions.TimeoutError as error:
            raise RequestTimeoutError(f"{method} {path}: the server at {self._server} did not answer in time") from error
        except urllib3.exceptions.HTTPError as error:
            raise ServiceUnavailableError(f"the server at {self._server} cannot be reached: {error}") from error
        return response

    def _request(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None, stream: bool, read_seconds: float | None
    ) -> BaseHTTPResponse:
        """A connection that the server closed while it was idle shows only when it is used: reads are then asked once more."""
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)

        def ask() -> BaseHTTPResponse:
            return self._pool.urlopen(
                method, url, body, headers, retries=False, redirect=False, timeout=timeout, preload_content=not stream
            )

        try:
            return ask()
        except urllib3.exceptions.ProtocolError:
            if method != "GET":
                raise
            return ask()

    def _refused(self, response: BaseHTTPResponse, method: str, path: str) -> StatusError:
        body = response.data
        response.release_conn()
        try:
            status = orjson.loads(body)
        except orjson.JSONDecodeError:
            status = None
        if not isinstance(status, dict) or status.get("kind") != "Status":
            text = body[:200].decode("utf-8", "replace").strip()
            status = {"message": text or f"{method} {path}: the server answered {response.status}"}
        error = from_status(status, response.status)
        after = response.headers.get("Retry-After", "")
        if after.isdigit() and not error.retry_after:
            error.retry_after = int(after)
        return error

    def close(self) -> None:
        """Drop idle connections."""
        self._pool.close()


def pieces(response: BaseHTTPResponse, server: str = "the server") -> Iterator[bytes]:
    """The body as it arrives.

    :raises ServiceUnavailableError: the connection broke before the end.
    """
    try:
        while piece := response.read1(65536):
            yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ServiceUnavailableError(f"the connection to {server} broke: {error}") from error
    finally:
        response.close()
