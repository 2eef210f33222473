from pymlp.models.cloning import clone_model as clone_model
from pymlp.models.derivatives import value_and_grad as value_and_grad
from pymlp.models.functional import Functional as Functional
from pymlp.models.model import Model as Model
from pymlp.models.sequential import Sequential as Sequential
from pymlp.saving import load_model as load_model
from pymlp.saving import model_from_json as model_from_json
from pymlp.saving import save_model as save_model

__all__: list[str]
