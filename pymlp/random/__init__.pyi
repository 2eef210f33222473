from pymlp.random.distributions import beta as beta
from pymlp.random.distributions import binomial as binomial
from pymlp.random.distributions import categorical as categorical
from pymlp.random.distributions import gamma as gamma
from pymlp.random.distributions import shuffle as shuffle
from pymlp.random.samplers import dropout as dropout
from pymlp.random.samplers import normal as normal
from pymlp.random.samplers import randint as randint
from pymlp.random.samplers import truncated_normal as truncated_normal
from pymlp.random.samplers import uniform as uniform
from pymlp.random.seeds import Seed as Seed
from pymlp.random.seeds import SeedGenerator as SeedGenerator
from pymlp.random.seeds import check_seed as check_seed
from pymlp.random.seeds import draw_seed as draw_seed
from pymlp.random.seeds import generator as generator
from pymlp.random.seeds import next_generator as next_generator
from pymlp.random.seeds import set_random_seed as set_random_seed
from pymlp.random.seeds import set_streams_state as set_streams_state
from pymlp.random.seeds import streams_state as streams_state

__all__: list[str]
