from pymlp.optimizers import schedules as schedules
from pymlp.optimizers.adadelta import Adadelta as Adadelta
from pymlp.optimizers.adafactor import Adafactor as Adafactor
from pymlp.optimizers.adagrad import Adagrad as Adagrad
from pymlp.optimizers.adam import Adam as Adam
from pymlp.optimizers.adamax import Adamax as Adamax
from pymlp.optimizers.adamw import AdamW as AdamW
from pymlp.optimizers.ftrl import Ftrl as Ftrl
from pymlp.optimizers.lamb import Lamb as Lamb
from pymlp.optimizers.lbfgs import LBFGS as LBFGS
from pymlp.optimizers.lion import Lion as Lion
from pymlp.optimizers.lookup import deserialize as deserialize
from pymlp.optimizers.lookup import get as get
from pymlp.optimizers.lookup import serialize as serialize
from pymlp.optimizers.muon import Muon as Muon
from pymlp.optimizers.nadam import Nadam as Nadam
from pymlp.optimizers.optimizer import Optimizer as Optimizer
from pymlp.optimizers.rmsprop import RMSprop as RMSprop
from pymlp.optimizers.sgd import SGD as SGD

__all__: list[str]
