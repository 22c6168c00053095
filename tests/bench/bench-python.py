#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Python costs: bench-python.py SOCKET ROW COUNT [NUMBER]. Rows and figures are as in bench.h; "json" reads a file."""

import asyncio
import json
import pathlib
import sys
import time

EVENT = 'BLOCK_JOB_READY'


class Measure:
    """What is within it is measured."""

    def __init__(self, count):
        self.count = count

    def __enter__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def __exit__(self, *args):
        print('cpu', (time.process_time() - self.cpu) * 1e6 / self.count)
        print('wall', (time.perf_counter() - self.wall) * 1e6 / self.count)


def new_domain(path):
    import gi
    gi.require_version('Qemu', '1.0')
    from gi.repository import Qemu
    return Qemu.Domain.new_for_uri(path)


def run(path, count):
    with new_domain(path) as vm:
        for _ in range(count // 10):
            vm.run('query-status')
        with Measure(count):
            for _ in range(count):
                vm.run('query-status')


async def await_(path, count):
    async with new_domain(path) as vm:
        for _ in range(count // 10):
            await vm.run_async('query-status')
        with Measure(count):
            for _ in range(count):
                await vm.run_async('query-status')


async def events(path, count):
    async with new_domain(path) as vm:
        listener = vm.events(EVENT)
        with Measure(count):
            await vm.run_async('bench-events', {'count': count})
            await read_events(listener, count, lambda event: event.data)


async def read_events(listener, count, data_of):
    number = 0
    async for event in listener:
        assert data_of(event)['offset'] == number
        number += 1
        if number == count:
            return


def parse(path, count):
    text = pathlib.Path(path).read_bytes()
    with Measure(count):
        for _ in range(count):
            json.loads(text)


async def qmp_await(path, count):
    from qemu.qmp import QMPClient
    client = QMPClient('bench')
    await client.connect(path)
    for _ in range(count // 10):
        await client.execute('query-status')
    with Measure(count):
        for _ in range(count):
            await client.execute('query-status')
    await client.disconnect()


async def qmp_events(path, count):
    from qemu.qmp import QMPClient
    client = QMPClient('bench')
    await client.connect(path)
    with client.listener((EVENT,)) as listener, Measure(count):
        await client.execute('bench-events', {'count': count})
        await read_events(listener, count, lambda event: event['data'])
    await client.disconnect()


def main(path, row, count, _number=1):
    result = {'run': run, 'await': await_, 'events': events, 'json': parse, 'qmp-await': qmp_await,
              'qmp-events': qmp_events}[row](path, int(count))
    if result is not None:
        asyncio.run(result)


if __name__ == '__main__':
    main(*sys.argv[1:])
