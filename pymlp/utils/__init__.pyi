from pymlp.config import disable_interactive_logging as disable_interactive_logging
from pymlp.config import enable_interactive_logging as enable_interactive_logging
from pymlp.config import is_interactive_logging_enabled as is_interactive_logging_enabled
from pymlp.data.py_dataset import PyDataset as PyDataset
from pymlp.naming import clear_session as clear_session
from pymlp.random import set_random_seed as set_random_seed
from pymlp.registration import CustomObjectScope as CustomObjectScope
from pymlp.registration import custom_object_scope as custom_object_scope
from pymlp.registration import get_custom_objects as get_custom_objects
from pymlp.registration import get_registered_name as get_registered_name
from pymlp.registration import get_registered_object as get_registered_object
from pymlp.registration import register_keras_serializable as register_keras_serializable
from pymlp.utils.downloading import get_file as get_file
from pymlp.utils.learning_rate_finder import LearningRateSearch as LearningRateSearch
from pymlp.utils.learning_rate_finder import find_learning_rate as find_learning_rate
from pymlp.utils.model_visualization import model_to_dot as model_to_dot
from pymlp.utils.model_visualization import plot_model as plot_model
from pymlp.utils.numerical import normalize as normalize
from pymlp.utils.numerical import to_categorical as to_categorical
from pymlp.utils.packing import pack_x_y_sample_weight as pack_x_y_sample_weight
from pymlp.utils.packing import unpack_x_y_sample_weight as unpack_x_y_sample_weight
from pymlp.utils.progbar import Progbar as Progbar
from pymlp.utils.serialization import deserialize_keras_object as deserialize_keras_object
from pymlp.utils.serialization import serialize_keras_object as serialize_keras_object
from pymlp.utils.splitting import split_dataset as split_dataset

Sequence = PyDataset
__all__: list[str]
