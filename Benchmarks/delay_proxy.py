"""A proxy before a server's Unix socket that makes it as far away as DELAY: each direction of each connection is late by
that much, and no slower.

It counts round trips as a network would see them: each time that a client speaks after the server did, or for the first time. The
figure does not depend on how busy the machine is. Opening a connection counts as one more, and takes as long.
"""

import asyncio
import collections
import selectors
import socket
import threading


class Line:
    """One direction of a connection: bytes with the time at which they are due.

    What waits here is not limited: with a limit a long delay would be a narrow line as well.
    """

    def __init__(self, loop, delay):
        self.loop, self.delay = loop, delay
        self.waiting = collections.deque()
        self.target = None
        self.not_before = 0.0

    def put(self, data):
        due = max(self.loop.time() + self.delay, self.not_before)
        self.waiting.append((due, data))
        if len(self.waiting) == 1:
            self.loop.call_at(due, self.flush)

    def open(self, target, not_before=0.0):
        self.target, self.not_before = target, not_before
        if self.waiting:
            self.loop.call_soon(self.flush)

    def flush(self):
        now = self.loop.time()
        while self.target and self.waiting and max(self.waiting[0][0], self.not_before) <= now:
            _, data = self.waiting.popleft()
            if data is None:
                self.target.close()
            else:
                self.target.write(data)
        if self.target and self.waiting:
            self.loop.call_at(max(self.waiting[0][0], self.not_before), self.flush)


class End(asyncio.Protocol):
    """One end of a connection; what it receives goes into a line, and so does its end."""

    def __init__(self, line, opened, heard):
        self.line, self.opened, self.heard = line, opened, heard

    def connection_made(self, transport):
        transport.set_write_buffer_limits(high=1 << 30)
        peer = transport.get_extra_info("socket")
        if peer.family == socket.AF_INET:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            peer.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
        self.opened(transport)

    def data_received(self, data):
        self.heard()
        self.line.put(data)

    def connection_lost(self, error):
        self.line.put(None)


class Connection:
    """A client's connection with the one to the server that belongs to it, and its round trips."""

    def __init__(self, proxy):
        self.proxy, self.loop = proxy, proxy.loop
        self.up, self.down = Line(self.loop, proxy.delay), Line(self.loop, proxy.delay)
        self.server_spoke = True
        self.trips = 1
        proxy.connections.append(self)

    def client_end(self):
        return End(self.up, self.client_opened, self.client_heard)

    def client_opened(self, transport):
        self.down.open(transport)
        self.loop.create_task(self.reach_server())

    async def reach_server(self):
        # The system has taken the connection at once, so its first bytes wait for the handshake's round trip too.
        not_before = self.loop.time() + 3 * self.proxy.delay
        try:
            await self.loop.create_unix_connection(
                lambda: End(self.down, lambda transport: self.up.open(transport, not_before), self.server_heard),
                self.proxy.socket_path,
            )
        except OSError:
            self.down.put(None)

    def client_heard(self):
        self.trips += self.server_spoke
        self.server_spoke = False

    def server_heard(self):
        self.server_spoke = True


class DelayProxy:
    """Runs in a thread of its own from `with` to its end; `port` is where clients find it."""

    def __init__(self, socket_path, delay):
        self.socket_path, self.delay = socket_path, delay
        # epoll waits in whole milliseconds, which would be a tenth of the delay; select does not.
        self.loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
        self.connections = []
        self.port = None
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self.listen(), self.loop).result()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def listen(self):
        server = await self.loop.create_server(lambda: Connection(self).client_end(), "127.0.0.1", 0)
        return server.sockets[0].getsockname()[1]

    def take_trips(self):
        """The round trips of each connection that was opened since this was last asked, in their order."""
        trips = [connection.trips for connection in self.connections]
        self.connections = []
        return trips
