"""The class of each key. Written by `make registries`; not to be edited."""

from typing import Any, Literal, overload

from optim_core.registry import Registry
from optim_core.schedules.constant import Constant
from optim_core.schedules.cosine import Cosine
from optim_core.schedules.exponential import Exponential
from optim_core.schedules.inverse_sqrt import InverseSqrt
from optim_core.schedules.inverse_time import InverseTime
from optim_core.schedules.one_cycle import OneCycle
from optim_core.schedules.one_cycle_momentum import OneCycleMomentum
from optim_core.schedules.polynomial import Polynomial
from optim_core.schedules.step_decay import StepDecay
from optim_core.schedules.warmup import Warmup

class _Schedules(Registry[type[Any]]):
    @overload
    def __getitem__(self, key: Literal["constant"]) -> type[Constant]: ...
    @overload
    def __getitem__(self, key: Literal["cosine"]) -> type[Cosine]: ...
    @overload
    def __getitem__(self, key: Literal["exponential"]) -> type[Exponential]: ...
    @overload
    def __getitem__(self, key: Literal["inverse_sqrt"]) -> type[InverseSqrt]: ...
    @overload
    def __getitem__(self, key: Literal["inverse_time"]) -> type[InverseTime]: ...
    @overload
    def __getitem__(self, key: Literal["one_cycle"]) -> type[OneCycle]: ...
    @overload
    def __getitem__(self, key: Literal["one_cycle_momentum"]) -> type[OneCycleMomentum]: ...
    @overload
    def __getitem__(self, key: Literal["polynomial"]) -> type[Polynomial]: ...
    @overload
    def __getitem__(self, key: Literal["step_decay"]) -> type[StepDecay]: ...
    @overload
    def __getitem__(self, key: Literal["warmup"]) -> type[Warmup]: ...
    @overload
    def __getitem__(self, key: str) -> type[Any]: ...

SCHEDULES: _Schedules
