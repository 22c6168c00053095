# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes qemu-glib feel at home in Python: plain values, `with`, `await`, `async for`, exceptions to match on.

The classes stay the introspected ones and are patched in place, so that objects made in C and subclasses have it
all, too. One generic pass covers every function; what has a meaning of its own follows by hand.
"""

import asyncio
import collections
import errno
import functools
import json
import re
import threading
import traceback
import weakref

import gi

gi.require_version('Json', '1.0')
from gi.module import get_introspection_module
from gi.repository import Gio, GLib, GObject, Json

Qemu = get_introspection_module('Qemu')
__all__ = []


def _export(thing):
    thing.__module__ = 'gi.repository.Qemu'
    globals()[thing.__name__] = thing
    __all__.append(thing.__name__)
    return thing


# ---------------------------------------------------------------- errors: a class for each code

_codes = Qemu.Error     # the enumeration, whose place the class takes


class _Readable:
    def __str__(self):
        return self.message

    def __repr__(self):
        return f'Qemu.{type(self).__name__}({self.message!r})'


@_export
class Error(_Readable, GLib.Error):
    """What QEMU refuses, and what this library finds wrong. Has the codes, too: Error.DEVICE_NOT_FOUND."""

    CODE = 0
    quark = staticmethod(Qemu.error_quark)

    def __init__(self, message='', domain='qemu-error-quark', code=None):
        super().__init__(message, domain, self.CODE if code is None else code)


# The codes of G_IO_ERROR that tell of a connection or of a wrong call, with what Python has for the same.
_IO_ERRORS = {
    'BUSY': (),
    'CANCELLED': (),
    'CONNECTION_CLOSED': (ConnectionError, errno.ECONNRESET),
    'CONNECTION_REFUSED': (ConnectionRefusedError, errno.ECONNREFUSED),
    'INVALID_ARGUMENT': (ValueError,),
    'NOT_CONNECTED': (ConnectionError, errno.ENOTCONN),
    'NOT_FOUND': (FileNotFoundError, errno.ENOENT),
    'NOT_SUPPORTED': (),
    'PERMISSION_DENIED': (PermissionError, errno.EACCES),
    'TIMED_OUT': (TimeoutError, errno.ETIMEDOUT),
}

_classes = {}           # by domain and code


def _name(code):
    return code.title().replace('_', '') + 'Error'


def _initializer(domain, code):
    def __init__(self, message='', domain=domain, code=code):
        GLib.Error.__init__(self, message, domain, code)
    return __init__


for _code in filter(str.isupper, dir(_codes)):
    setattr(Error, _code, getattr(_codes, _code))
    _classes['qemu-error-quark', int(getattr(_codes, _code))] = _export(
        type(_name(_code), (Error,), {'CODE': int(getattr(_codes, _code))}))
for _code, _builtin in _IO_ERRORS.items():
    _number = int(getattr(Gio.IOErrorEnum, _code))
    _members = {'__init__': _initializer('g-io-error-quark', _number), **dict(zip(['errno'], _builtin[1:]))}
    _classes['g-io-error-quark', _number] = _export(
        type(_name(_code), (_Readable, GLib.Error, *_builtin[:1]), _members))


def _translated(error):
    """The same error in its own class, where it has one."""
    kind = _classes.get((error.domain, error.code)) if type(error) is GLib.Error else None
    return kind(error.message) if kind else error


# ---------------------------------------------------------------- asyncio

_new_context_fd = Qemu.ContextFd.new        # as it is before the generic pass


def _running_loop():
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _is_driven_by_glib(loop):
    return any(base.__module__.partition('.')[0] in ('gi', 'gbulb') for base in type(loop).__mro__)


class _Pump:
    """Serves the main context of a thread from the asyncio loop of that thread."""

    of_loop = weakref.WeakKeyDictionary()
    of_thread = threading.local()           # keeps the context that was made for a thread
    BUSY_SECONDS = 0.25

    def __init__(self, loop):
        self.loop = weakref.ref(loop)
        self.turn = None
        self.view = None
        self.is_needed = not _is_driven_by_glib(loop)
        if self.is_needed:
            # Nothing else tells of a loop's end. It has to be the last moment: what ends with the loop may want to wait.
            loop.close = functools.partial(self.close_loop, loop.close)
            self.begin(loop)

    def begin(self, loop):
        context = GLib.MainContext.get_thread_default()
        if context is None and threading.current_thread() is not threading.main_thread():
            context = self.of_thread.context = GLib.MainContext.new()
            context.push_thread_default()
        try:
            self.view = _new_context_fd(context)
        except GLib.Error as error:
            if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.BUSY):
                return                      # another thread runs it: what comes from there is handed over
            raise _translated(error) from None
        loop.add_reader(self.view.get_fd(), self.iterate)

    def iterate(self):
        self.turn = None
        if self.view is not None:
            self.view.iterate()

    def kick(self):
        """For sources that this thread has attached: GLib would not tell."""
        loop = self.loop()
        if loop is None or loop.is_closed():
            return
        if self.view is None and self.is_needed:
            self.begin(loop)                # the other thread may have let it go
        if self.turn is None and self.view is not None:
            self.turn = loop.call_soon(self.iterate)
        elif self.turn is None and self.is_needed:
            self.turn = loop.call_later(self.BUSY_SECONDS, self.look_again)

    def look_again(self):
        self.turn = None
        self.kick()

    def close_loop(self, close):
        loop, view, self.view = close.__self__, self.view, None
        del loop.close
        if view is not None:
            loop.remove_reader(view.get_fd())
            view.close()
        close()

    @classmethod
    def of(cls, loop):
        pump = cls.of_loop.get(loop)
        if pump is None:
            pump = cls.of_loop[loop] = cls(loop)
        return pump

    @classmethod
    def start(cls):
        """To be called before an object is made, which belongs to the context that is there then, and after a start."""
        loop = _running_loop()
        if loop is not None:
            cls.of(loop).kick()


def _in_loop(loop, thread, function, *args):
    """Calls a function in the thread of the loop: at once where that is this one."""
    if threading.get_ident() == thread:
        function(*args)
        return
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        pass                                # the loop is closed: nobody waits any more


def _settle(future, value, error):
    if future.done() or future.get_loop().is_closed():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


class _Future(asyncio.Future):
    """Of an operation, which ends when this is cancelled."""

    def __init__(self, loop):
        super().__init__(loop=loop)
        self.cancellable = Gio.Cancellable()

    def cancel(self, *args, **kwargs):
        self.cancellable.cancel()
        _Pump.of(self.get_loop()).kick()
        return super().cancel(*args, **kwargs)


def _begin(loop, start, finish, cancellable):
    """Starts an operation. Returns an asyncio.Future of what comes of it; to cancel that ends the operation."""
    pump = _Pump.of(loop)
    thread = threading.get_ident()
    future = _Future(loop)
    own = future.cancellable
    handler = None

    def on_done(source, result, *_data):
        value = error = None
        try:
            value = finish(source, result)
        except Exception as failure:        # pylint: disable=broad-except: whatever it is belongs to who waits
            error = failure.with_traceback(None)
        if handler is not None:
            GObject.Object.disconnect(cancellable, handler)
        _in_loop(loop, thread, _settle, future, value, error)
        error = None                        # or it would hold this frame, and the frame it

    def follow():
        if cancellable is not None and cancellable.is_cancelled():
            own.cancel()

    follow()
    start(cancellable=own, callback=on_done)
    if cancellable is not None:
        # That of the caller may be for other things, too, so it is not cancelled by us.
        handler = GObject.Object.connect(cancellable, 'cancelled', lambda _: own.cancel())
        follow()
    pump.kick()
    return future


# ---------------------------------------------------------------- JSON

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _bytes(value):
    return GLib.Bytes.new(_encode(value).encode())


def _int64(digits):
    number = int(digits)
    if not -2**63 <= number < 2**63:
        raise OverflowError(f'{number} does not fit here; Domain.run() takes it')
    return number


def _json_node(value):
    """A plain value as JSON-GLib has it; what is a node already stays."""
    if isinstance(value, Json.Node):
        return value
    text = _encode(value)
    # JSON-GLib would make another number of what is larger, and end a text there.
    json.loads(text, parse_int=_int64)
    if re.search(r'(?<!\\)(\\\\)*\\u0000', text):
        raise ValueError('no text may have a NUL here; Domain.run() takes it')
    return Json.from_string(text)


def _json_object(value):
    if value is None or isinstance(value, Json.Object):
        return value
    if not isinstance(value, (dict, Json.Node)):
        raise TypeError(f'this has to be a dict, not {type(value).__name__}')
    return _json_node(value).get_object()


_command_new, _command_from_json = Qemu.Command.new, Qemu.Command.new_from_json


def _command(name, arguments=None):
    if arguments is None:
        return _command_new(name)
    try:
        return _command_from_json(_encode({'execute': name, 'arguments': arguments}))
    except GLib.Error as error:
        raise _translated(error) from None


# ---------------------------------------------------------------- one pass over all functions

_CONVERSIONS = {('Json', 'Node'): _json_node, ('Json', 'Object'): _json_object}


def _type_name(argument):
    interface = argument.get_type().get_interface()
    return interface and (interface.get_namespace(), interface.get_name())


def _conversion(info):
    """What makes of plain values what a function takes, or None where it takes no such thing."""
    types = {argument.get_name(): _type_name(argument) for argument in info.get_arguments()}
    first = int(info.is_method())
    takes_command = next(iter(types.values()), None) == ('Qemu', 'Command')
    conversions = [(position, name, _CONVERSIONS[types[name]])
                   for position, name in enumerate(types, first) if types[name] in _CONVERSIONS]

    def convert(args, kwargs):
        args = list(args)
        if takes_command and len(args) == first and 'name' in kwargs:
            args.append(kwargs.pop('name'))
        if takes_command and len(args) > first and isinstance(args[first], str):
            # A name, and its arguments where there are any.
            end = first + 1
            if len(args) > end and not isinstance(args[end], Gio.Cancellable):
                if 'arguments' in kwargs:
                    raise TypeError('the arguments are there twice')
                kwargs['arguments'] = args[end]
                end += 1
            args[first:end] = [_command(args[first], kwargs.pop('arguments', None))]
        for position, name, make in conversions:
            if position < len(args):
                args[position] = make(args[position])
            elif name in kwargs:
                kwargs[name] = make(kwargs[name])
        return args

    return convert if takes_command or conversions else None


def _synchronous(info, function):
    convert = _conversion(info)
    is_constructor = info.is_constructor()

    @functools.wraps(function)
    def call(*args, **kwargs):
        if is_constructor:
            _Pump.start()
        if convert is not None:
            args = convert(args, kwargs)
        try:
            return function(*args, **kwargs)
        except GLib.Error as error:
            failure = _translated(error)
        # Not in the "except", so that it comes alone; and it must not be held here, as it holds this frame.
        try:
            raise failure
        finally:
            del failure

    return call


def _asynchronous(info, function, finish):
    convert = _conversion(info)
    names = ['self'] * info.is_method() + [argument.get_name() for argument in info.get_arguments()]
    place = names.index('cancellable')      # the callback is the next one

    @functools.wraps(function)
    def call(*args, **kwargs):
        if convert is not None:
            args = convert(args, kwargs)
        callback = args[place + 1] if len(args) > place + 1 else kwargs.get('callback')
        loop = _running_loop()
        if loop is None or callback is not None:
            function(*args, **kwargs)
            _Pump.start()
            return None
        cancellable = args[place] if len(args) > place else kwargs.pop('cancellable', None)
        kwargs.pop('callback', None)
        for name in names[len(args):place]:
            kwargs.setdefault(name, None)   # PyGObject lets one leave out only what comes last
        return _begin(loop, functools.partial(function, *args[:place], **kwargs), finish, cancellable)

    return call


def _finish_name(info):
    return info.get_name()[:-len('async')] + 'finish'


def _adapted(info, function, finish):
    """A function as it is to be called, or None where it is right as it is."""
    if info.get_name().endswith('_async'):
        return _asynchronous(info, function, finish)
    if info.is_constructor() or info.can_throw_gerror() or _conversion(info):
        return _synchronous(info, function)
    return None


def _attribute(cls, name, attribute):
    """A property. Its getter, where it has one, is several times as fast as GObject's."""
    getter = cls.__dict__.get(f'get_{attribute}') or (lambda self: self.get_property(name))
    return property(lambda self: getter(self), lambda self, value: self.set_property(name, value))


# What cannot be made without a constructor's help, and what it needs in any case.
_MADE_BY = {
    Qemu.ContextFd: None,
    Qemu.Domain: 'monitor',
    Qemu.Event: None,
    Qemu.FdSet: None,
    Qemu.Job: None,
    Qemu.MonitorRequest: None,
    Qemu.Process: 'argv',
    Qemu.TestMonitor: None,
}


def _init(self, *args, **kwargs):
    for cls, needed in _MADE_BY.items():
        if isinstance(self, cls) and needed not in kwargs:
            raise TypeError(f'Qemu.{cls.__name__} needs {needed}' if needed else f'no Qemu.{cls.__name__} is made like this')
    _Pump.start()
    GObject.Object.__init__(self, *args, **kwargs)


def _connect(self, *args):
    _Pump.start()
    return GObject.Object.connect(self, *args)


def _adapt_class(cls):
    for info in cls.__info__.get_methods():
        name = info.get_name()
        function = cls.__dict__[name] if info.is_method() else getattr(cls, name)
        wrapper = _adapted(info, function, lambda source, result, name=_finish_name(info): getattr(source, name)(result))
        if wrapper is not None:
            wrapper.__name__, wrapper.__qualname__ = name, f'{cls.__name__}.{name}'
            setattr(cls, name, wrapper if info.is_method() else staticmethod(wrapper))

    for info in getattr(cls.__info__, 'get_properties', tuple)():
        attribute = info.get_name().replace('-', '_')
        if not hasattr(cls, attribute):
            setattr(cls, attribute, _attribute(cls, info.get_name(), attribute))

    if cls.__base__ is GObject.Object:
        cls.__init__, cls.connect = _init, _connect


def _adapt_namespace(module):
    """Adapts the classes of a namespace, and gives those of its functions that need it, by name."""
    functions = {}
    for name in dir(module):
        thing = getattr(module, name, None)
        if isinstance(thing, type) and issubclass(thing, (GObject.Object, GObject.GBoxed)) and '__info__' in vars(thing):
            _adapt_class(thing)
        elif isinstance(thing, type(Qemu.error_quark)):
            wrapper = _adapted(thing, thing, lambda _, result, name=_finish_name(thing): functions[name](result))
            if wrapper is not None:
                functions[name] = wrapper
    return functions


def _run(self, command, cancellable=None):
    """run(name, arguments=None, cancellable=None), or with a Qemu.Command: runs a command.

    Arguments and what QEMU returns are plain values: dict, list, str, int, float, bool and None.
    """
    return json.loads(_run_raw(self, command, cancellable).get_data())['return']


def _run_finish(self, result):
    return json.loads(_run_raw_finish(self, result).get_data())['return']


_run_raw, _run_raw_finish = Qemu.Domain.run_raw, Qemu.Domain.run_raw_finish
Qemu.Domain.run, Qemu.Domain.run_async, Qemu.Domain.run_finish = _run, Qemu.Domain.run_raw_async, _run_finish

_adapt_namespace(Qemu)


# ---------------------------------------------------------------- events

@_export
class EventStream:
    """What happens from now on: `async for event in vm.events('STOP')`, in a script `for event in …`.

    It hears from the call on, so nothing is lost before the loop begins, until it is closed or dropped, which
    leaving the loop does. It ends when the domain is closed, and raises the error of a connection that was lost.
    With a limit it keeps at most so many events that nobody has taken yet; `dropped` counts the others.
    """

    def __init__(self, source, names, limit):
        self._loop = _running_loop()
        self._queue = collections.deque(maxlen=limit)
        self._source = source
        self._waiter = None
        self._arrived = threading.Event()
        self._end = None
        self.dropped = 0
        _Pump.start()
        self._monitor = monitor = source.monitor if isinstance(source, Qemu.Domain) else source
        # What was read before and is still to be told, by a loop that has not run since, is not for us.
        self._before = monitor.get_received()
        me, loop, thread = weakref.ref(self), self._loop, threading.get_ident()

        def hand_over(method, thing):
            stream = me()
            if stream is None or stream._is_older():
                return
            if loop is None:
                method(stream, thing)
            else:
                _in_loop(loop, thread, method, stream, thing)

        signals = [f'event::{name}' for name in dict.fromkeys(names)] or ['event']
        handlers = [source.connect(signal, lambda _, event: hand_over(EventStream._push, event)) for signal in signals]
        handlers.append(source.connect('closed', lambda _, error: hand_over(EventStream._finish, error)))
        self._unsubscribe = weakref.finalize(self, _disconnect, weakref.ref(source), handlers)
        self._unsubscribe.atexit = False

    def _is_older(self):
        if self._before is not None and self._monitor.get_delivered() > self._before:
            self._before = None             # nor will be any that comes after it
        return self._before is not None

    def _push(self, event):
        if self._end is not None:
            return
        if len(self._queue) == self._queue.maxlen:
            self.dropped += 1
        self._queue.append(event)
        self._wake()

    def _finish(self, error):
        if self._end is None:
            self._end = (_translated(error) if error else None,)
            self._unsubscribe()
            self._wake()

    def _wake(self):
        self._arrived.set()
        if self._waiter is not None and not self._waiter.done() and not self._loop.is_closed():
            self._waiter.set_result(None)

    def _take(self, end):
        """The next event, or None when there is none yet; at the end raises the error, or `end`."""
        if self._queue:
            return self._queue.popleft()
        if self._end is not None:
            raise self._end[0] or end
        return None

    def close(self):
        """Hears nothing more, and ends whoever waits. What has come can still be taken."""
        self._finish(None)

    async def aclose(self):
        """As close(), for contextlib.aclosing()."""
        self.close()

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self._loop is None:
            raise RuntimeError('this stream was made where no asyncio loop ran: iterate with a plain "for"')
        while (event := self._take(StopAsyncIteration())) is None:
            if self._waiter is not None:
                raise RuntimeError('two tasks wait for one stream of events')
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return event

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        if self._loop is not None:
            raise RuntimeError('in an asyncio loop iterate with "async for"')
        context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()
        while (event := self._take(StopIteration())) is None:
            self._arrived.clear()
            if context.acquire():
                try:
                    came = context.iteration(self._monitor.state != Qemu.MonitorState.CLOSED)
                finally:
                    context.release()
                if not came and not self._queue and self._end is None:
                    raise NotConnectedError('events of what is not open never come')
            else:
                self._arrived.wait(0.1)     # another thread runs it, and may stop to
        return event

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _disconnect(reference, handlers):
    source = reference()
    for handler in handlers if source is not None else ():
        source.disconnect(handler)


def _events(self, *names, limit=None):
    """Subscribes to the events of these names, or to all. See EventStream."""
    return EventStream(self, names, limit)


Qemu.Domain.events = Qemu.Monitor.events = _events


# ---------------------------------------------------------------- with

def _can_be_entered(cls, enter, leave, *args):
    """`with` and `async with`: calls one method at the start, if any, and the other one at the end."""
    def __enter__(self):
        if enter:
            getattr(self, enter)()
        return self

    def __exit__(self, *_):
        getattr(self, leave)(*args)

    async def __aenter__(self):
        if enter:
            try:
                await getattr(self, f'{enter}_async')()
            except asyncio.CancelledError:
                # It may have come too late, and then nobody else would end what has begun.
                await asyncio.shield(getattr(self, f'{leave}_async')(*args))
                raise
        return self

    async def __aexit__(self, *_):
        await getattr(self, f'{leave}_async')(*args)

    for method in __enter__, __exit__, __aenter__, __aexit__:
        setattr(cls, method.__name__, method)


_can_be_entered(Qemu.Domain, 'open', 'close')
_can_be_entered(Qemu.Monitor, 'open', 'close')
_can_be_entered(Qemu.FdSet, None, 'close')
_can_be_entered(Qemu.Process, 'spawn', 'shutdown', 0)       # quit, without asking the guest


# ---------------------------------------------------------------- what answers commands

def _failure(error):
    """Any exception as one that C knows. What is a mistake of the program's own is shown, too."""
    if isinstance(error, GLib.Error):
        return error
    if isinstance(error, Exception):
        traceback.print_exception(type(error), error, error.__traceback__)
    return Error(f'{type(error).__name__}: {error}')


def _guarded(method):
    @functools.wraps(method)
    def guarded(self, request):
        try:
            method(self, request)
        except BaseException as error:      # pylint: disable=broad-except: whatever it is, who waits is to hear of it
            request.return_error(_failure(error))
            if not isinstance(error, Exception):
                raise
    return guarded


def _init_subclass(cls, **kwargs):
    super(Qemu.Monitor, cls).__init_subclass__(**kwargs)
    for name, method in vars(cls).copy().items():
        if name.startswith('do_start_'):
            setattr(cls, name, _guarded(method))


Qemu.Monitor.__init_subclass__ = classmethod(_init_subclass)


def _return_value(self, value):
    """Answers a command with what QEMU is to return, as a plain value."""
    self.return_bytes(_bytes({'return': value}))


Qemu.MonitorRequest.return_value = _return_value

_test_monitor_new, _push_event = Qemu.TestMonitor.new, Qemu.TestMonitor.push_event
_emit_event = Qemu.Monitor.emit_event


def _new_test_monitor(func, *data):
    """Its QEMU is func(monitor, command): it returns a plain value (a str is taken as JSON text), or raises."""
    def answer(monitor, command, *_data):
        try:
            value = func(monitor, command, *data)
            return value if isinstance(value, str) else _encode(value)
        except Exception as error:          # pylint: disable=broad-except
            failure = _failure(error)
        try:
            raise failure
        finally:
            del failure

    return _test_monitor_new(answer)


def _push_plain_event(self, name, data=None):
    """Has an event happen, with data as a plain value or as JSON text."""
    _push_event(self, name, data if data is None or isinstance(data, str) else _encode(data))


def _emit_plain_event(self, name, timestamp=0, data=None):
    """Tells of an event, with data as a plain value or as GLib.Bytes."""
    _emit_event(self, name, timestamp, data if data is None or isinstance(data, GLib.Bytes) else _bytes(data))


Qemu.TestMonitor.new, Qemu.TestMonitor.push_event = staticmethod(_new_test_monitor), _push_plain_event
Qemu.Monitor.emit_event = _emit_plain_event


# ---------------------------------------------------------------- attributes with plain values, and what is printed

def _command_init(self, *_args, **_kwargs):
    """Qemu.Command(name, arguments=None): a command, with its arguments as a dict."""


Qemu.Command.__new__ = staticmethod(lambda cls, name, arguments=None: _command(name, arguments))
Qemu.Command.__init__ = _command_init
Qemu.Command.name = property(Qemu.Command.get_name)
Qemu.Command.arguments = property(lambda self: json.loads(self.to_json()).get('arguments', {}))

_data_bytes = Qemu.Event.get_data_bytes


def _event_data(self):
    text = _data_bytes(self).get_data()
    return json.loads(text) if text else {}


Qemu.Event.data = property(_event_data)
Qemu.Record.to_dict = lambda self: json.loads(self.to_json())
Qemu.Version.__str__ = Qemu.Version.to_string


def _full_name(cls):
    return f'{cls.__module__.removeprefix("gi.repository.")}.{cls.__qualname__}'


def _state(self):
    return self.state.value_nick


def _status(self):
    return self.state == Qemu.MonitorState.OPEN and self.status_name or _state(self)


def _record(self):
    names = [pspec.name for pspec in self.list_properties() if self.is_set(pspec.name)]
    return ' '.join(f'{name}={self.get_property(name)!r}' for name in names)


for _cls, _describe in {
        Qemu.Command: lambda self: self.to_json(),
        Qemu.Domain: lambda self: f'{self.name!r} {_status(self)}',
        Qemu.Event: lambda self: f'{self.name} {self.data}',
        Qemu.FdSet: lambda self: self.filename,
        Qemu.Job: lambda self: f'{self.id!r} {self.job_type} {self.status_name}',
        Qemu.Monitor: _state,
        Qemu.Process: lambda self: f'pid {self.pid}' if self.running else 'not running',
        Qemu.Record: _record,
        Qemu.Version: Qemu.Version.to_string,
}.items():
    _cls.__repr__ = lambda self, describe=_describe: f'<{_full_name(type(self))} {describe(self)}>'
