from pymlp.optimizers.schedules.cosine import CosineDecay as CosineDecay
from pymlp.optimizers.schedules.cosine import CosineDecayRestarts as CosineDecayRestarts
from pymlp.optimizers.schedules.decay import ExponentialDecay as ExponentialDecay
from pymlp.optimizers.schedules.decay import InverseTimeDecay as InverseTimeDecay
from pymlp.optimizers.schedules.decay import PiecewiseConstantDecay as PiecewiseConstantDecay
from pymlp.optimizers.schedules.decay import PolynomialDecay as PolynomialDecay
from pymlp.optimizers.schedules.lookup import deserialize as deserialize
from pymlp.optimizers.schedules.lookup import serialize as serialize
from pymlp.optimizers.schedules.one_cycle import OneCycle as OneCycle
from pymlp.optimizers.schedules.schedule import LearningRateSchedule as LearningRateSchedule

__all__: list[str]
