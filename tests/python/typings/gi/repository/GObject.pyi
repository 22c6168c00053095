# SPDX-License-Identifier: LGPL-2.1-or-later
from typing import Any, Callable

class ParamSpec:
    name: str

class Object:
    props: Any
    def __init__(self, **properties: Any) -> None: ...
    def connect(self, detailed_signal: str, handler: Callable[..., object], *args: object) -> int: ...
    def disconnect(self, handler_id: int) -> None: ...
    def get_property(self, name: str) -> Any: ...
    def set_property(self, name: str, value: object) -> None: ...

class GBoxed: ...

class GEnum(int):
    value_name: str
    value_nick: str

class GFlags(int):
    value_names: Any
    value_nicks: Any
