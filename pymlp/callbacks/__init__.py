"""Callbacks: looking on, and stepping in, while a model is trained, evaluated or used."""

from pymlp.callbacks.backup_and_restore import BackupAndRestore
from pymlp.callbacks.callback import Callback
from pymlp.callbacks.callback_list import CallbackList
from pymlp.callbacks.csv_logger import CSVLogger
from pymlp.callbacks.early_stopping import EarlyStopping
from pymlp.callbacks.history import History
from pymlp.callbacks.lambda_callback import LambdaCallback
from pymlp.callbacks.learning_rate_scheduler import LearningRateScheduler
from pymlp.callbacks.model_checkpoint import ModelCheckpoint
from pymlp.callbacks.progbar_logger import ProgbarLogger
from pymlp.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from pymlp.callbacks.remote_monitor import RemoteMonitor
from pymlp.callbacks.swap_ema_weights import SwapEMAWeights
from pymlp.callbacks.tensorboard import TensorBoard
from pymlp.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]
