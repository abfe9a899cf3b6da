"""The class of each key. Written by `make registries`; not to be edited."""

from typing import Any, Literal, overload

from optim_core.registry import Registry
from optim_core.samplers.curriculum import Curriculum
from optim_core.samplers.dropout import Dropout
from optim_core.samplers.exact import Exact
from optim_core.samplers.gradient_noise import GradientNoise
from optim_core.samplers.in_order import InOrder
from optim_core.samplers.minibatch import Minibatch

class _Samplers(Registry[type[Any]]):
    @overload
    def __getitem__(self, key: Literal["curriculum"]) -> type[Curriculum]: ...
    @overload
    def __getitem__(self, key: Literal["dropout"]) -> type[Dropout]: ...
    @overload
    def __getitem__(self, key: Literal["exact"]) -> type[Exact]: ...
    @overload
    def __getitem__(self, key: Literal["gradient_noise"]) -> type[GradientNoise]: ...
    @overload
    def __getitem__(self, key: Literal["in_order"]) -> type[InOrder]: ...
    @overload
    def __getitem__(self, key: Literal["minibatch"]) -> type[Minibatch]: ...
    @overload
    def __getitem__(self, key: str) -> type[Any]: ...

SAMPLERS: _Samplers
