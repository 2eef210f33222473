"""Helpers around models: seeds, data, files, pictures of models, the progress bar, a good learning rate."""

from pymlp._lazy import lazily

TABLE = {
    "downloading": "get_file",
    "learning_rate_finder": "LearningRateSearch find_learning_rate",
    "model_visualization": "model_to_dot plot_model",
    "numerical": "normalize to_categorical",
    "packing": "pack_x_y_sample_weight unpack_x_y_sample_weight",
    "progbar": "Progbar",
    "pymlp.config": "disable_interactive_logging enable_interactive_logging is_interactive_logging_enabled",
    "pymlp.data.py_dataset": "PyDataset Sequence=PyDataset",
    "pymlp.naming": "clear_session",
    "pymlp.random": "set_random_seed",
    "pymlp.registration": """
        CustomObjectScope custom_object_scope get_custom_objects get_registered_name get_registered_object
        register_keras_serializable
    """,
    "serialization": "deserialize_keras_object serialize_keras_object",
    "splitting": "split_dataset",
}

__getattr__, __dir__, __all__ = lazily(__name__, TABLE)
